package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.MetadataUpdate;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import jakarta.enterprise.inject.Vetoed;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MetadataUpdatesTest {

    private static final SensorType TYPE = new SensorType("assignments");
    private static final long LONG_AGO_MICROS = 1_000_000_000_000_000L;

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    QuarkusCqlSession session;

    @Inject
    SensorRegistry running;

    @Inject
    MetadataUpdates updates;

    private Replica here;
    private Replica there;
    private int number;
    private SensorId id;
    private String said;
    private String set;

    /** What a replica has of its own: what it holds, and what it heard of others. */
    private record Replica(SensorRegistry sensors, SensorLists lists, MetadataUpdates updates) {
        static Replica on(Database database, StoreConfig config) {
            Clock clock = Clock.systemUTC();
            SensorChanges changes = new SensorChanges(database, clock);
            SensorRegistry sensors = new SensorRegistry(database, config, changes);
            SensorLists lists = new SensorLists(database, sensors, clock);
            return new Replica(sensors, lists, new MetadataUpdates(database, sensors, lists, changes, clock));
        }

        void assign(SensorId id, @Nullable String site) {
            await(updates.apply(id, toSite(site)));
        }

        @Nullable
        String siteOf(SensorId id) {
            return await(sensors.find(id, Consistency.DEFAULT))
                    .orElseThrow()
                    .description()
                    .site();
        }

        List<SensorId> at(String site) {
            return await(lists.page(TYPE, site, null, 100, Consistency.DEFAULT)).stream()
                    .map(Sensor::id)
                    .toList();
        }
    }

    @BeforeEach
    void aSensorOfWhichTwoReplicasKnow() {
        await(database.whenReady());
        here = Replica.on(database, config);
        there = Replica.on(database, config);
        number = SharedStack.get().nextNumber();
        id = new SensorId("assignments-" + number);
        said = "said-" + number;
        set = "set-" + number;
        says(here, said, 100);
        assertThat(here.siteOf(id)).isEqualTo(said);
        assertThat(there.siteOf(id)).isEqualTo(said);
        assertThat(await(running.find(id, Consistency.DEFAULT))).isPresent();
    }

    @Test
    void whatIsSetOnOneReplicaIsKnownOnAnotherWithinTenSeconds() {
        here.assign(id, set);
        assertThat(here.siteOf(id)).isEqualTo(set);
        await(there.sensors().catchUp());
        assertThat(there.siteOf(id)).isEqualTo(set);
        // The one that runs asks by itself.
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> Objects.equals(
                        Objects.requireNonNull(running.cached(id)).description().site(), set));
    }

    @Test
    void whatIsSetWinsOverWhatReadingsSayLater() {
        here.assign(id, set);
        says(here, "said-later-" + number, 200);
        says(there, "said-later-" + number, 300);
        await(there.sensors().catchUp());
        assertThat(there.siteOf(id)).isEqualTo(set);
        Sensor sensor = await(here.sensors().find(id, Consistency.DEFAULT)).orElseThrow();
        assertThat(sensor.describedBy(new Description("K", "elsewhere"))).isEqualTo(new Description("K", set));
        here.assign(id, null);
        assertThat(here.siteOf(id)).isEqualTo("said-later-" + number);
        assertThat(there.at("said-later-" + number)).containsExactly(id);
    }

    /** As if the process died there: whatever was done before, the sensor is listed where it stands, and only there. */
    @Test
    void whereverAMoveBreaksOffTheSensorIsListedWhereItStands() {
        int broken = 0;
        for (int statements = 1; ; statements++) {
            DyingDatabase dying = new DyingDatabase(session, config, statements);
            await(dying.whenReady());
            Replica doomed = Replica.on(dying, config);
            Uni<?> move = doomed.updates().apply(id, toSite(set));
            if (dying.dies(move)) {
                broken++;
                String stands = Objects.requireNonNull(await(there.sensors().read(id, Consistency.DEFAULT))
                        .orElseThrow()
                        .description()
                        .site());
                assertThat(there.at(stands))
                        .as("after %d statements", statements)
                        .containsExactly(id);
                assertThat(there.at(stands.equals(set) ? said : set)).isEmpty();
                there.assign(id, null);
                assertThat(there.at(said)).containsExactly(id);
            } else {
                break;
            }
        }
        // Read, listed, told, set.
        assertThat(broken).isGreaterThanOrEqualTo(4);
        assertThat(there.at(set)).containsExactly(id);
    }

    @Test
    void anEntryOfLongAgoIsTakenOffTheListOfASiteThatTheSensorLeft() {
        enter("left-" + number, LONG_AGO_MICROS);
        assertThat(there.at("left-" + number)).isEmpty();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !isEntered("left-" + number));
        // One that is young may belong to a move that is under way.
        enter("coming-" + number, System.currentTimeMillis() * 1_000);
        assertThat(there.at("coming-" + number)).isEmpty();
        await(there.lists().remove("coming-" + number, id, System.currentTimeMillis()));
        assertThat(isEntered("coming-" + number)).isTrue();
    }

    @Test
    void aSensorThatIsMovedLeavesNoOldEntryBehind() {
        // Said, but listed by nobody yet.
        String old = "old-" + number;
        session.execute("UPDATE %s.sensors SET site = '%s' WHERE sensor_id = '%s'"
                .formatted(config.keyspace(), old, id.value()));
        enter(old, LONG_AGO_MICROS);
        assertThat(here.at(old)).containsExactly(id);
        here.assign(id, set);
        assertThat(isEntered(old)).isFalse();
        assertThat(isEntered(set)).isTrue();
    }

    /** One that did not hear that the sensor moved and that its entry was taken off. */
    @Test
    void aReplicaThatConfirmsASiteOfLongAgoListsTheSensorThereAgain() {
        says(there, said, 100);
        says(here, "between-" + number, 200);
        forget(said);
        says(there, said, 200 + 2 * RegistrationCache.RENEWAL_MILLIS);
        assertThat(await(here.sensors().read(id, Consistency.DEFAULT))
                        .orElseThrow()
                        .description()
                        .site())
                .isEqualTo(said);
        assertThat(here.at(said)).containsExactly(id);
    }

    @Test
    void twoChangesOfOtherFieldsDoNotTouchEachOther() {
        MetadataUpdate name =
                new MetadataUpdate(Set.of(Field.NAME), new SensorMetadata(Description.NONE, "boiler", Map.of(), null));
        MetadataUpdate labels = new MetadataUpdate(
                Set.of(Field.LABELS, Field.EXPECTED_INTERVAL),
                new SensorMetadata(Description.NONE, null, Map.of("a", "b"), Duration.ofMinutes(1)));
        await(Uni.join()
                .all(here.updates().apply(id, name), there.updates().apply(id, labels))
                .andFailFast());
        assertThat(await(there.sensors().read(id, Consistency.DEFAULT))
                        .orElseThrow()
                        .assigned())
                .isEqualTo(new SensorMetadata(Description.NONE, "boiler", Map.of("a", "b"), Duration.ofMinutes(1)));
        assertThat(await(updates.apply(new SensorId("assignments-never-seen"), name)))
                .isEmpty();
    }

    private void says(Replica replica, String site, long recordTimeMillis) {
        await(replica.sensors()
                .register(List.of(new SensorObservation(
                        id, TYPE, TimestampedDescription.of(new Description(null, site), recordTimeMillis)))));
    }

    private static MetadataUpdate toSite(@Nullable String site) {
        return new MetadataUpdate(
                Set.of(Field.SITE), new SensorMetadata(Description.of(null, site), null, Map.of(), null));
    }

    private void enter(String site, long atMicros) {
        cql(
                "INSERT INTO %s.sensors_by_site (site, slot, sensor_id) VALUES ('%s', %d, '%s') USING TIMESTAMP %d",
                site, atMicros);
    }

    /** As if it had been entered long ago and taken off since. */
    private void forget(String site) {
        session.execute("DELETE FROM %s.sensors_by_site WHERE site = '%s' AND slot = %d AND sensor_id = '%s'"
                .formatted(config.keyspace(), site, SensorRegistry.slotOf(id), id.value()));
    }

    private void cql(String statement, String site, long atMicros) {
        session.execute(statement.formatted(config.keyspace(), site, SensorRegistry.slotOf(id), id.value(), atMicros));
    }

    private boolean isEntered(String site) {
        return session.execute(
                                "SELECT sensor_id FROM %s.sensors_by_site WHERE site = '%s' AND slot = %d AND sensor_id = '%s'"
                                        .formatted(config.keyspace(), site, SensorRegistry.slotOf(id), id.value()))
                        .one()
                != null;
    }

    /** Does so many statements and then no more. */
    @Vetoed
    private static final class DyingDatabase extends Database {
        private final AtomicInteger left;

        DyingDatabase(CqlSession session, StoreConfig config, int statements) {
            super(
                    new Sessions(() -> CompletableFuture.completedFuture(session)),
                    config,
                    new Retention(config, Clock.systemUTC()),
                    status -> {});
            this.left = new AtomicInteger(statements);
        }

        @Override
        Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
            return Uni.createFrom()
                    .deferred(() -> left.getAndDecrement() > 0
                            ? super.run(statement)
                            : Uni.createFrom().failure(new IllegalStateException("the process has died")));
        }

        boolean dies(Uni<?> work) {
            try {
                await(work);
                return false;
            } catch (IllegalStateException died) {
                return true;
            }
        }
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
