package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class SensorRegistryTest {

    private static final SensorType ONE = new SensorType("registry-one");
    private static final SensorType OTHER = new SensorType("registry-other");

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    QuarkusCqlSession session;

    private SensorRegistry here;
    private SensorRegistry there;
    private SensorLists listsThere;

    @BeforeEach
    void createTwoReplicas() {
        await(database.whenReady());
        here = SensorReplica.on(database, config).registry();
        SensorReplica second = SensorReplica.on(database, config);
        there = second.registry();
        listsThere = second.lists();
    }

    @Test
    void oneOfTwoConcurrentTypesWinsOnEveryReplica() {
        for (int i = 0; i < 20; i++) {
            SensorId id = newId();
            List<Sensor> answers = await(Uni.join()
                    .all(
                            register(here, id, ONE, Description.NONE, 100),
                            register(there, id, OTHER, Description.NONE, 100))
                    .andFailFast());
            SensorType winner = answers.get(0).type();
            assertThat(winner).isIn(ONE, OTHER);
            assertThat(answers).extracting(Sensor::type).containsExactly(winner, winner);
            assertThat(read(id).type()).isEqualTo(winner);
            assertThat(await(register(here, id, OTHER, Description.NONE, 1)).type())
                    .isEqualTo(winner);
        }
    }

    @Test
    void registersASensorOfWhichAShreddingHasLeftFields() {
        SensorId id = newId();
        await(register(here, id, ONE, new Description("Cel", "berlin-1"), 100));
        await(new SensorTable(database).remove(id, 100));
        assertThat(await(here.read(id, Consistency.DEFAULT))).isEmpty();
        // A record behind the shredding, of a replica that takes the sensor for registered.
        await(new SensorTable(database)
                .describe(
                        id,
                        TimestampedDescription.of(
                                new Description(null, "oslo-1"), System.currentTimeMillis() + 60_000)));
        assertThat(await(register(there, id, OTHER, Description.NONE, 200)).type())
                .isEqualTo(OTHER);
        assertThat(read(id)).isEqualTo(new Sensor(id, OTHER, new Description(null, "oslo-1")));
    }

    @Test
    void theLatestRecordWinsInAnyOrderOfArrival() {
        SensorId inOrder = newId();
        await(register(here, inOrder, ONE, new Description("Cel", "berlin-1"), 100));
        await(register(here, inOrder, ONE, new Description(null, "berlin-2"), 200));
        assertThat(read(inOrder).description()).isEqualTo(new Description("Cel", "berlin-2"));

        SensorId outOfOrder = newId();
        await(register(here, outOfOrder, ONE, new Description(null, "berlin-2"), 200));
        await(register(there, outOfOrder, ONE, new Description(null, "berlin-1"), 100));
        assertThat(read(outOfOrder).description()).isEqualTo(new Description(null, "berlin-2"));
    }

    @Test
    void ignoresObservationsOfTheWrongType() {
        SensorId id = newId();
        await(register(here, id, ONE, new Description("Cel", "berlin-1"), 100));
        assertThat(await(register(there, id, OTHER, new Description("hPa", "oslo-1"), 200))
                        .type())
                .isEqualTo(ONE);
        assertThat(read(id)).isEqualTo(new Sensor(id, ONE, new Description("Cel", "berlin-1")));
    }

    @Test
    void isUpToDateUntilANewObservation() {
        SensorId id = newId();
        Description reported = new Description("Cel", "berlin-1");
        assertThat(isUpToDate(here, id, ONE, reported, 100)).isFalse();
        await(register(here, id, ONE, reported, 100));
        assertThat(isUpToDate(here, id, ONE, reported, 200)).isTrue();
        assertThat(isUpToDate(here, id, ONE, Description.NONE, 200)).isTrue();
        assertThat(isUpToDate(here, id, OTHER, reported, 200)).isFalse();
        assertThat(isUpToDate(here, id, ONE, new Description("Cel", "berlin-2"), 200))
                .isFalse();
        assertThat(isUpToDate(there, id, ONE, reported, 200)).isFalse();
    }

    @Test
    void aConfirmedValueWinsOverAnOlderRecord() {
        SensorId id = newId();
        Description first = new Description("Cel", "berlin-1");
        await(register(here, id, ONE, first, 100));
        assertThat(isUpToDate(here, id, ONE, first, 300)).isTrue();
        await(register(here, id, ONE, new Description("Fah", "berlin-2"), 200));
        assertThat(read(id).description()).isEqualTo(first);
        // Also for a replica that did not see the confirmation.
        await(register(there, id, ONE, new Description("Fah", "berlin-2"), 200));
        assertThat(read(id).description()).isEqualTo(first);
    }

    @Test
    void writesAConfirmationOncePerRenewalInterval() {
        SensorId id = newId();
        Description reported = new Description("Cel", "berlin-1");
        await(register(here, id, ONE, reported, 100));
        long written = 100;
        int renewals = 0;
        for (long time = 100;
                time < 10 * RegistrationCache.RENEWAL_MILLIS;
                time += RegistrationCache.RENEWAL_MILLIS / 10) {
            if (!isUpToDate(here, id, ONE, reported, time)) {
                await(register(here, id, ONE, reported, time));
                written = time;
                renewals++;
            }
        }
        assertThat(renewals).isBetween(9, 10);
        await(register(there, id, ONE, new Description("Fah", "berlin-2"), written - 1));
        assertThat(read(id).description()).isEqualTo(reported);
    }

    @Test
    void rowsDependOnRecordsNotOnOrderOrGrouping() {
        for (int seed = 0; seed < 12; seed++) {
            Random random = new Random(seed);
            List<Description> descriptions = descriptions();
            List<SensorId> ids = List.of(newId(), newId(), newId());
            List<SensorObservation> records = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                // Few times, so that many are equal.
                records.add(new SensorObservation(
                        ids.get(random.nextInt(ids.size())),
                        ONE,
                        TimestampedDescription.of(
                                descriptions.get(random.nextInt(descriptions.size())),
                                1_000 + random.nextInt(20) * RegistrationCache.RENEWAL_MILLIS / 5)));
            }
            Collections.shuffle(records, random);
            for (int from = 0; from < records.size(); ) {
                int to = Math.min(records.size(), from + 1 + random.nextInt(9));
                Map<SensorId, SensorObservation> due = new HashMap<>();
                for (SensorObservation record : records.subList(from, to)) {
                    TimestampedDescription reported = record.reported();
                    if (!isUpToDate(here, record.id(), ONE, reported.description(), reported.confirmedAtMillis())) {
                        due.merge(record.id(), record, SensorObservation::and);
                    }
                }
                await(here.register(due.values()));
                from = to;
            }
            for (SensorId id : ids) {
                assertThat(read(id).description()).as("%s of seed %d", id, seed).isEqualTo(latest(id, records));
            }
        }
    }

    private static List<Description> descriptions() {
        List<Description> descriptions = new ArrayList<>();
        descriptions.add(Description.NONE);
        for (String unit : List.of("Cel", "Fah", "K")) {
            descriptions.add(new Description(unit, null));
            for (String site : List.of("berlin-1", "oslo-1")) {
                descriptions.add(new Description(unit, site));
                descriptions.add(new Description(null, site));
            }
        }
        return descriptions;
    }

    /** The latest value of each field; at equal times the greater text. */
    private static Description latest(SensorId id, List<SensorObservation> records) {
        return Description.of(latest(id, records, Description::unit), latest(id, records, Description::site));
    }

    private static @Nullable String latest(
            SensorId id, List<SensorObservation> records, Function<Description, @Nullable String> field) {
        return records.stream()
                .filter(record ->
                        record.id().equals(id) && field.apply(record.reported().description()) != null)
                .max(Comparator.comparingLong(
                                (SensorObservation record) -> record.reported().confirmedAtMillis())
                        .thenComparing(record -> Objects.requireNonNull(
                                field.apply(record.reported().description()))))
                .map(record -> field.apply(record.reported().description()))
                .orElse(null);
    }

    /** As with the backlog of a new fleet, read by two replicas with a different type each. */
    @Test
    void registersEachOfManyConcurrentSensorsOnce() {
        List<SensorId> ids =
                Stream.generate(SensorRegistryTest::newId).limit(500).toList();
        Description reported = new Description("Cel", "berlin-1");
        Uni<Map<SensorId, Sensor>> asOne = here.register(ids.stream()
                .map(id -> new SensorObservation(id, ONE, TimestampedDescription.of(reported, 100)))
                .toList());
        Uni<Map<SensorId, Sensor>> asOther = there.register(ids.stream()
                .map(id -> new SensorObservation(id, OTHER, TimestampedDescription.of(reported, 100)))
                .toList());
        List<Map<SensorId, Sensor>> answers =
                await(Uni.join().all(asOne, asOther).andFailFast());
        assertThat(answers.get(0)).hasSize(500);
        for (SensorId id : ids) {
            Sensor registered = read(id);
            SensorType type = registered.type();
            assertThat(registered.description()).isEqualTo(reported);
            assertThat(answers).allSatisfy(answer -> assertThat(
                            Objects.requireNonNull(answer.get(id)).type())
                    .isEqualTo(type));
            assertThat(isUpToDate(here, id, ONE, reported, 100)).isEqualTo(type.equals(ONE));
            assertThat(isUpToDate(there, id, OTHER, reported, 100)).isEqualTo(type.equals(OTHER));
        }
    }

    @Test
    void onlyANewSensorCostsACompareAndSet() {
        List<SensorObservation> observations = Stream.generate(SensorRegistryTest::newId)
                .limit(64)
                .map(id -> new SensorObservation(
                        id, ONE, TimestampedDescription.of(new Description("Cel", "berlin-1"), 100)))
                .toList();
        CountingDatabase counting = new CountingDatabase(session, config);
        await(counting.whenReady());
        await(SensorReplica.on(counting, config).registry().register(observations));
        assertThat(counting.compareAndSets).hasValue(observations.size());
        // A lookup, a compare-and-set and a description each; the list entries in batches; the type and the site.
        assertThat(counting.statements)
                .hasValueLessThanOrEqualTo(3 * observations.size() + 2 * SensorListEntries.SLOTS + 2);
        counting.statements.set(0);
        await(SensorReplica.on(counting, config).registry().register(observations));
        assertThat(counting.compareAndSets).hasValue(observations.size());
        assertThat(counting.statements).hasValue(observations.size());
    }

    @Test
    void pagesAreFullAndListEachSensorOnce() {
        int number = SharedStack.get().nextNumber();
        SensorType type = new SensorType("registry-pages-" + number);
        String site = "site-" + number;
        Set<String> all = new TreeSet<>();
        Set<String> onSite = new TreeSet<>();
        for (int i = 0; i < 45; i++) {
            SensorId id = newId();
            boolean isOnSite = i % 3 == 0;
            await(register(here, id, type, isOnSite ? new Description(null, site) : Description.NONE, 100));
            all.add(id.value());
            if (isOnSite) {
                onSite.add(id.value());
            }
        }
        assertThat(pages(type, null, 10)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(pages(type, null, 45)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(pages(null, site, 4)).containsExactlyInAnyOrderElementsOf(onSite);
        assertThat(pages(type, site, 4)).containsExactlyInAnyOrderElementsOf(onSite);
        assertThat(pages(ONE, site, 4)).isEmpty();
        assertThat(pages(null, null, 7)).containsAll(all).doesNotHaveDuplicates();
    }

    @Test
    void listsAMovedSensorUnderItsNewSiteOnly() {
        int number = SharedStack.get().nextNumber();
        SensorId id = newId();
        await(register(here, id, ONE, new Description(null, "old-" + number), 100));
        await(register(here, id, ONE, new Description(null, "new-" + number), 200));
        assertThat(pages(null, "old-" + number, 10)).isEmpty();
        assertThat(pages(null, "new-" + number, 10)).containsExactly(id.value());
    }

    private List<String> pages(@Nullable SensorType type, @Nullable String site, int limit) {
        List<String> ids = new ArrayList<>();
        SensorId after = null;
        while (true) {
            List<Sensor> page =
                    await(listsThere.page(new SensorFilter(type, site, Map.of()), after, limit, Consistency.DEFAULT));
            page.forEach(sensor -> ids.add(sensor.id().value()));
            if (page.size() < limit) {
                return ids;
            }
            after = page.get(limit - 1).id();
        }
    }

    private static Uni<Sensor> register(
            SensorRegistry replica, SensorId id, SensorType type, Description reported, long recordTime) {
        return replica.register(
                        List.of(new SensorObservation(id, type, TimestampedDescription.of(reported, recordTime))))
                .map(registered -> Objects.requireNonNull(registered.get(id)));
    }

    private Sensor read(SensorId id) {
        return await(there.read(id, Consistency.DEFAULT)).orElseThrow();
    }

    private static SensorId newId() {
        return new SensorId("registry-%03d".formatted(SharedStack.get().nextNumber()));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }

    private static boolean isUpToDate(
            SensorRegistry sensors, SensorId id, SensorType type, Description reported, long recordTime) {
        ObservationBatch observations = new ObservationBatch(1);
        observations.add(id, type, reported, recordTime);
        return sensors.states(observations).isEmpty();
    }
}
