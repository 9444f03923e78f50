package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
import io.telltale.sensors.SensorFilter;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MetadataUpdatesTest {

    private static final SensorType TYPE = new SensorType("metadata-updates");
    private static final long LONG_AGO_MICROS = 1_000_000_000_000_000L;

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    QuarkusCqlSession session;

    @Inject
    SensorRegistry runningRegistry;

    @Inject
    MetadataUpdates updates;

    private SensorReplica here;
    private SensorReplica there;
    private int number;
    private SensorId id;
    private String reportedSite;
    private String newSite;

    @BeforeEach
    void registerASensorThatTwoReplicasCache() {
        await(database.whenReady());
        here = SensorReplica.on(database, config);
        there = SensorReplica.on(database, config);
        number = SharedStack.get().nextNumber();
        id = new SensorId("metadata-updates-" + number);
        reportedSite = "reported-" + number;
        newSite = "new-" + number;
        report(here, reportedSite, 100);
        assertThat(siteOn(here)).isEqualTo(reportedSite);
        assertThat(siteOn(there)).isEqualTo(reportedSite);
        assertThat(await(runningRegistry.find(id, Consistency.DEFAULT))).isPresent();
    }

    @Test
    void anUpdateReachesOtherReplicasWithinTenSeconds() {
        setSite(here, newSite);
        assertThat(siteOn(here)).isEqualTo(newSite);
        await(there.changePoller().poll());
        assertThat(siteOn(there)).isEqualTo(newSite);
        // The running service polls on its own.
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> Objects.equals(
                        Objects.requireNonNull(runningRegistry.cached(id))
                                .description()
                                .site(),
                        newSite));
    }

    @Test
    void metadataOverridesLaterReadings() {
        setSite(here, newSite);
        report(here, "reported-later-" + number, 200);
        report(there, "reported-later-" + number, 300);
        await(there.changePoller().poll());
        assertThat(siteOn(there)).isEqualTo(newSite);
        Sensor sensor = await(here.registry().find(id, Consistency.DEFAULT)).orElseThrow();
        assertThat(sensor.describedBy(new Description("K", "elsewhere"))).isEqualTo(new Description("K", newSite));
        setSite(here, null);
        assertThat(siteOn(here)).isEqualTo("reported-later-" + number);
        assertThat(listed(there, "reported-later-" + number)).containsExactly(id);
    }

    /** A crash between any two statements of a move leaves the sensor listed under its current site only. */
    @Test
    void aCrashDuringAMoveLeavesTheListsConsistent() {
        int crashes = 0;
        for (int statements = 1; ; statements++) {
            CrashingDatabase crashing = new CrashingDatabase(session, config, statements);
            await(crashing.whenReady());
            SensorReplica doomed = SensorReplica.on(crashing, config);
            Uni<?> move = doomed.updates().apply(id, toSite(newSite));
            if (crashing.crashes(move)) {
                crashes++;
                String current = Objects.requireNonNull(await(there.registry().read(id, Consistency.DEFAULT))
                        .orElseThrow()
                        .description()
                        .site());
                assertThat(listed(there, current))
                        .as("after %d statements", statements)
                        .containsExactly(id);
                assertThat(listed(there, current.equals(newSite) ? reportedSite : newSite))
                        .isEmpty();
                setSite(there, null);
                assertThat(listed(there, reportedSite)).containsExactly(id);
            } else {
                break;
            }
        }
        // Crashes after each of: read, list entry, change log, update.
        assertThat(crashes).isGreaterThanOrEqualTo(4);
        assertThat(listed(there, newSite)).containsExactly(id);
    }

    /** As {@link #aCrashDuringAMoveLeavesTheListsConsistent}, for labels. */
    @Test
    void aCrashDuringAChangeOfLabelsLeavesTheListsConsistent() {
        setLabels(there, Map.of("room", "old-" + number));
        int crashes = 0;
        for (int statements = 1; ; statements++) {
            CrashingDatabase crashing = new CrashingDatabase(session, config, statements);
            await(crashing.whenReady());
            SensorReplica doomed = SensorReplica.on(crashing, config);
            Uni<?> change = doomed.updates().apply(id, toLabels(Map.of("room", newSite)));
            if (!crashing.crashes(change)) {
                break;
            }
            crashes++;
            String room = Objects.requireNonNull(await(there.registry().read(id, Consistency.DEFAULT))
                    .orElseThrow()
                    .assigned()
                    .labels()
                    .get("room"));
            assertThat(labeled(there, "room", room))
                    .as("after %d statements", statements)
                    .containsExactly(id);
            assertThat(labeled(there, "room", room.equals(newSite) ? "old-" + number : newSite))
                    .isEmpty();
            setLabels(there, Map.of("room", "old-" + number));
        }
        // Crashes after each of: read, list entry, values of filters, change log, update.
        assertThat(crashes).isGreaterThanOrEqualTo(5);
        assertThat(labeled(there, "room", newSite)).containsExactly(id);
    }

    @Test
    void aRemovedSensorLeavesTheFiltersOfStreams() {
        Map<String, String> labels = Map.of("room", newSite);
        setLabels(here, labels);
        LabeledSensors.Watch watch = there.labeled().watch(labels);
        await(watch.ready());
        assertThat(watch.contains(id)).isTrue();
        await(new SensorTable(database).remove(id, System.currentTimeMillis()));
        await(there.changePoller().poll());
        assertThat(watch.contains(id)).isFalse();
        watch.release();
    }

    private static MetadataUpdate toLabels(Map<String, String> labels) {
        return new MetadataUpdate(Set.of(Field.LABELS), new SensorMetadata(Description.NONE, null, labels, null));
    }

    private void setLabels(SensorReplica replica, Map<String, String> labels) {
        await(replica.updates().apply(id, toLabels(labels)));
    }

    private static List<SensorId> labeled(SensorReplica replica, String name, String value) {
        return await(replica.lists()
                        .page(new SensorFilter(TYPE, null, Map.of(name, value)), null, 100, Consistency.DEFAULT))
                .stream()
                .map(Sensor::id)
                .toList();
    }

    @Test
    void deletesOnlyOldEntriesOfASiteThatTheSensorLeft() {
        insertEntry("left-" + number, LONG_AGO_MICROS);
        assertThat(listed(there, "left-" + number)).isEmpty();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !hasEntry("left-" + number));
        // A new entry may belong to a move in progress.
        insertEntry("coming-" + number, System.currentTimeMillis() * 1_000);
        assertThat(listed(there, "coming-" + number)).isEmpty();
        await(new SensorListEntries(database)
                .delete(SensorList.ofSite("coming-" + number), id, System.currentTimeMillis()));
        assertThat(hasEntry("coming-" + number)).isTrue();
    }

    @Test
    void aMoveDeletesTheOldEntry() {
        // The site is set, but not listed yet.
        String old = "old-" + number;
        session.execute("UPDATE %s.sensors SET site = '%s' WHERE sensor_id = '%s'"
                .formatted(config.keyspace(), old, id.value()));
        insertEntry(old, LONG_AGO_MICROS);
        assertThat(listed(here, old)).containsExactly(id);
        setSite(here, newSite);
        assertThat(hasEntry(old)).isFalse();
        assertThat(hasEntry(newSite)).isTrue();
    }

    /** The replica saw neither the move nor the deletion of the entry. */
    @Test
    void confirmingAnOldSiteListsTheSensorThereAgain() {
        report(there, reportedSite, 100);
        report(here, "between-" + number, 200);
        deleteEntry(reportedSite);
        report(there, reportedSite, 200 + 2 * RegistrationCache.RENEWAL_MILLIS);
        assertThat(await(here.registry().read(id, Consistency.DEFAULT))
                        .orElseThrow()
                        .description()
                        .site())
                .isEqualTo(reportedSite);
        assertThat(listed(here, reportedSite)).containsExactly(id);
    }

    @Test
    void concurrentUpdatesOfDifferentFieldsAreIndependent() {
        MetadataUpdate name =
                new MetadataUpdate(Set.of(Field.NAME), new SensorMetadata(Description.NONE, "boiler", Map.of(), null));
        MetadataUpdate labels = new MetadataUpdate(
                Set.of(Field.LABELS, Field.EXPECTED_INTERVAL),
                new SensorMetadata(Description.NONE, null, Map.of("a", "b"), Duration.ofMinutes(1)));
        await(Uni.join()
                .all(here.updates().apply(id, name), there.updates().apply(id, labels))
                .andFailFast());
        assertThat(await(there.registry().read(id, Consistency.DEFAULT))
                        .orElseThrow()
                        .assigned())
                .isEqualTo(new SensorMetadata(Description.NONE, "boiler", Map.of("a", "b"), Duration.ofMinutes(1)));
        assertThat(await(updates.apply(new SensorId("metadata-updates-never-seen"), name)))
                .isEmpty();
    }

    @Test
    void aSensorThatDoesNotMeetTheConditionStaysAsItIs() {
        Uni<?> refused = here.updates().apply(id, toSite(newSite), sensor -> {
            assertThat(sensor.description().site()).isEqualTo(reportedSite);
            throw new IllegalArgumentException("refused");
        });
        assertThatIllegalArgumentException().isThrownBy(() -> await(refused)).withMessage("refused");
        assertThat(siteOn(here)).isEqualTo(reportedSite);
        assertThat(hasEntry(newSite)).isFalse();
    }

    /** Whichever statement of the update the removal comes before. */
    @Test
    void anUpdateOfASensorThatIsShreddedMeanwhileFindsNone() {
        MetadataUpdate name =
                new MetadataUpdate(Set.of(Field.NAME), new SensorMetadata(Description.NONE, "boiler", Map.of(), null));
        int removals = 0;
        for (int statement = 1; ; statement++) {
            InterruptedDatabase interrupted = new InterruptedDatabase(
                    session, config, statement, new SensorTable(database).remove(id, System.currentTimeMillis()));
            await(interrupted.whenReady());
            report(SensorReplica.on(database, config), reportedSite, 100);
            Optional<Sensor> updated =
                    await(SensorReplica.on(interrupted, config).updates().apply(id, name));
            if (!interrupted.wasInterrupted()) {
                assertThat(updated).isPresent();
                break;
            }
            removals++;
            assertThat(updated).as("removed before statement %d", statement).isEmpty();
            assertThat(await(here.registry().read(id, Consistency.DEFAULT))).isEmpty();
        }
        assertThat(removals).isGreaterThanOrEqualTo(4);
    }

    private void setSite(SensorReplica replica, @Nullable String site) {
        await(replica.updates().apply(id, toSite(site)));
    }

    private @Nullable String siteOn(SensorReplica replica) {
        return await(replica.registry().find(id, Consistency.DEFAULT))
                .orElseThrow()
                .description()
                .site();
    }

    private static List<SensorId> listed(SensorReplica replica, String site) {
        return await(replica.lists().page(new SensorFilter(TYPE, site, Map.of()), null, 100, Consistency.DEFAULT))
                .stream()
                .map(Sensor::id)
                .toList();
    }

    private void report(SensorReplica replica, String site, long recordTimeMillis) {
        await(replica.registry()
                .register(List.of(new SensorObservation(
                        id, TYPE, TimestampedDescription.of(new Description(null, site), recordTimeMillis)))));
    }

    private static MetadataUpdate toSite(@Nullable String site) {
        return new MetadataUpdate(
                Set.of(Field.SITE), new SensorMetadata(Description.of(null, site), null, Map.of(), null));
    }

    private void insertEntry(String site, long atMicros) {
        cql(
                "INSERT INTO %s.sensors_by_site (site, slot, sensor_id) VALUES ('%s', %d, '%s') USING TIMESTAMP %d",
                site, atMicros);
    }

    /** As if the entry was written long ago and deleted since. */
    private void deleteEntry(String site) {
        session.execute("DELETE FROM %s.sensors_by_site WHERE site = '%s' AND slot = %d AND sensor_id = '%s'"
                .formatted(config.keyspace(), site, SensorListEntries.slotOf(id), id.value()));
    }

    private void cql(String statement, String site, long atMicros) {
        session.execute(
                statement.formatted(config.keyspace(), site, SensorListEntries.slotOf(id), id.value(), atMicros));
    }

    private boolean hasEntry(String site) {
        return session.execute(
                                "SELECT sensor_id FROM %s.sensors_by_site WHERE site = '%s' AND slot = %d AND sensor_id = '%s'"
                                        .formatted(config.keyspace(), site, SensorListEntries.slotOf(id), id.value()))
                        .one()
                != null;
    }

    /** Runs a number of statements and then fails all others. */
    @Vetoed
    private static final class CrashingDatabase extends Database {
        private final AtomicInteger left;

        CrashingDatabase(CqlSession session, StoreConfig config, int statements) {
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
                            : Uni.createFrom().failure(new IllegalStateException("the process has crashed")));
        }

        boolean crashes(Uni<?> work) {
            try {
                await(work);
                return false;
            } catch (IllegalStateException crashed) {
                return true;
            }
        }
    }

    /** Runs a task before one of its statements. */
    @Vetoed
    private static final class InterruptedDatabase extends Database {
        private final Uni<Void> task;
        private final AtomicInteger left;

        InterruptedDatabase(CqlSession session, StoreConfig config, int statement, Uni<Void> task) {
            super(
                    new Sessions(() -> CompletableFuture.completedFuture(session)),
                    config,
                    new Retention(config, Clock.systemUTC()),
                    status -> {});
            this.task = task;
            this.left = new AtomicInteger(statement);
        }

        @Override
        Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
            return Uni.createFrom()
                    .deferred(() -> left.decrementAndGet() == 0
                            ? task.chain(() -> super.run(statement))
                            : super.run(statement));
        }

        boolean wasInterrupted() {
            return left.get() <= 0;
        }
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
