package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
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
import io.telltale.store.LabeledSensors.Watch;
import io.telltale.store.SensorListEntries.NewEntries;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Labels and the values of filters, on two replicas. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class SensorIndexTest {

    private static final long LONG_AGO_MICROS = 1_000_000_000_000_000L;

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    QuarkusCqlSession session;

    private SensorReplica here;
    private SensorReplica there;
    private SensorType type;

    /** The name of a label that no other test uses. */
    private String name;

    @BeforeEach
    void createTwoReplicas() {
        await(database.whenReady());
        here = SensorReplica.on(database, config);
        there = SensorReplica.on(database, config);
        int number = SharedStack.get().nextNumber();
        type = new SensorType("index-" + number);
        name = "index-" + number;
    }

    @Test
    void listsASensorByTheLabelsThatItHasNow() {
        SensorId id = register("a");
        setLabels(here, id, Map.of(name, "1", "other-" + name, ""));
        assertThat(listed(there, Map.of(name, "1"))).containsExactly(id);
        assertThat(listed(there, Map.of(name, "1", "other-" + name, ""))).containsExactly(id);
        assertThat(listed(there, Map.of(name, "1", "other-" + name, "x"))).isEmpty();
        setLabels(there, id, Map.of(name, "2"));
        assertThat(listed(here, Map.of(name, "1"))).isEmpty();
        assertThat(listed(here, Map.of(name, "2"))).containsExactly(id);
        setLabels(here, id, Map.of());
        assertThat(listed(there, Map.of(name, "2"))).isEmpty();
    }

    @Test
    void concurrentUpdatesLeaveASensorInTheListOfItsLabel() {
        SensorId id = register("a");
        for (int i = 0; i < 20; i++) {
            await(Uni.join()
                    .all(
                            here.updates().apply(id, labels(Map.of(name, "here"))),
                            there.updates().apply(id, labels(Map.of(name, i % 2 == 0 ? "there" : "here"))))
                    .andFailFast());
            String value = Objects.requireNonNull(await(here.registry().read(id, Consistency.DEFAULT))
                    .orElseThrow()
                    .assigned()
                    .labels()
                    .get(name));
            assertThat(listed(here, Map.of(name, value))).containsExactly(id);
            assertThat(listed(there, Map.of(name, value.equals("here") ? "there" : "here")))
                    .isEmpty();
            assertThat(values(there)).containsExactly(value);
        }
    }

    @Test
    void aFilterOfSeveralConditionsSelectsTheIntersection() {
        Random random = new Random(7);
        Map<SensorId, Sensor> fleet = new HashMap<>();
        for (int i = 0; i < 120; i++) {
            String site = random.nextBoolean() ? "site-" + name : null;
            SensorId id = register("s" + i, site);
            Map<String, String> labels = new TreeMap<>(Map.of(name, "all"));
            if (random.nextInt(3) == 0) {
                labels.put("third-" + name, "x");
            }
            if (random.nextInt(20) == 0) {
                labels.put("rare-" + name, "x");
            }
            setLabels(here, id, labels);
            fleet.put(id, await(here.registry().read(id, Consistency.DEFAULT)).orElseThrow());
        }
        List<SensorFilter> filters = List.of(
                new SensorFilter(null, null, Map.of(name, "all")),
                new SensorFilter(type, null, Map.of(name, "all")),
                new SensorFilter(null, "site-" + name, Map.of(name, "all")),
                new SensorFilter(type, "site-" + name, Map.of(name, "all", "third-" + name, "x")),
                new SensorFilter(null, null, Map.of(name, "all", "rare-" + name, "x")),
                new SensorFilter(type, null, Map.of("third-" + name, "x", "rare-" + name, "x")),
                new SensorFilter(null, null, Map.of(name, "none", "third-" + name, "x")));
        for (SensorFilter filter : filters) {
            List<SensorId> expected = fleet.values().stream()
                    .filter(filter::matches)
                    .map(Sensor::id)
                    .toList();
            for (int limit : List.of(3, 50, 500)) {
                assertThat(pages(filter, limit))
                        .as("%s by %d", filter, limit)
                        .containsExactlyInAnyOrderElementsOf(expected)
                        // The order of any list: a cursor is valid whichever one the next page walks.
                        .isSortedAccordingTo(
                                Comparator.comparing(SensorListEntries::slotOf).thenComparing(SensorId::value));
            }
        }
    }

    @Test
    void aLabelOfFewSensorsCostsOneRequestPerSlotAndOneForThem() {
        List<SensorId> rare = new ArrayList<>();
        // The first slot shows which list is shorter, so it needs a sensor that only the longer one has.
        boolean isFirstSlotLonger = false;
        for (int i = 0; i < 60 || !isFirstSlotLonger; i++) {
            SensorId id = register("s" + i);
            setLabels(here, id, i < 10 ? Map.of(name, "all", "rare-" + name, "x") : Map.of(name, "all"));
            if (i < 10) {
                rare.add(id);
            } else {
                isFirstSlotLonger |= SensorListEntries.slotOf(id) == 0;
            }
        }
        CountingDatabase counting = new CountingDatabase(session, config);
        await(counting.whenReady());
        SensorReplica replica = SensorReplica.on(counting, config);
        await(replica.index().whenComplete());
        counting.statements.set(0);
        assertThat(listed(replica, Map.of("rare-" + name, "x"))).containsExactlyInAnyOrderElementsOf(rare);
        assertThat(counting.statements).hasValue(SensorListEntries.SLOTS + 1);
        counting.statements.set(0);
        assertThat(listed(replica, Map.of(name, "all", "rare-" + name, "x"))).containsExactlyInAnyOrderElementsOf(rare);
        // A look at a slot of each list, too.
        assertThat(counting.statements).hasValue(2 + SensorListEntries.SLOTS + 1);
    }

    @Test
    void aLabelOfFewSensorsCostsNothingUntilASensorChanges() {
        SensorId first = register("a");
        SensorId second = register("b");
        SensorId third = register("c");
        setLabels(there, first, Map.of(name, "x"));
        CountingDatabase counting = new CountingDatabase(session, config);
        await(counting.whenReady());
        SensorReplica replica = SensorReplica.on(counting, config);
        await(replica.index().whenComplete());
        await(replica.changePoller().poll());
        assertThat(known(replica)).containsExactly(first);
        counting.statements.set(0);
        assertThat(known(replica)).containsExactly(first);
        assertThat(counting.statements).hasValue(0);

        setLabels(replica, second, Map.of(name, "x"));
        assertThat(known(replica)).containsExactlyInAnyOrder(first, second);
        setLabels(there, first, Map.of());
        setLabels(there, third, Map.of(name, "x"));
        await(replica.changePoller().poll());
        assertThat(known(replica)).containsExactlyInAnyOrder(second, third);
    }

    @Test
    void readsARememberedSensorWhoseCachedLabelsAreOutdated() {
        SensorId sensor = register("a");
        setLabels(here, sensor, Map.of(name, "x"));
        await(here.changePoller().poll());
        assertThat(known(here)).containsExactly(sensor);
        here.cache().put(RegisteredSensor.of(sensor, type));
        assertThat(known(here)).containsExactly(sensor);
    }

    private List<SensorId> known(SensorReplica replica) {
        SensorFilter filter = new SensorFilter(null, null, Map.of(name, "x"));
        return await(replica.lists()
                .known(filter, null, 100, Consistency.DEFAULT)
                .map(Sensor::id)
                .collect()
                .asList());
    }

    @Test
    void valuesAreSortedInFullPages() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            String value = i == 0 ? "" : i == 1 ? "\uffee" : i == 2 ? "\ud83d\ude00" : "v%02d".formatted(i);
            setLabels(here, register("s" + i), Map.of(name, value));
            expected.add(value);
        }
        expected.subList(1, 3).clear();
        expected.add("\uffee");
        expected.add("\ud83d\ude00");
        for (int limit : List.of(7, 70, 1_000)) {
            List<String> found = new ArrayList<>();
            List<String> page;
            do {
                page = await(there.values()
                        .ofLabel(
                                name,
                                found.isEmpty() ? null : found.get(found.size() - 1),
                                limit,
                                Consistency.DEFAULT));
                found.addAll(page);
            } while (page.size() == limit);
            assertThat(found).as("by %d", limit).isEqualTo(expected);
        }
        assertThat(await(there.values().labels(null, 1_000, Consistency.DEFAULT)))
                .contains(name)
                .isSorted();
        assertThat(await(there.values().types(null, 1_000, Consistency.DEFAULT)))
                .contains(type.name())
                .isSorted();
    }

    @Test
    void aValueStaysUntilItsLastSensorHasLostIt() {
        SensorId first = register("a", "site-" + name);
        SensorId second = register("b", "site-" + name);
        setLabels(here, first, Map.of(name, "x"));
        setLabels(here, second, Map.of(name, "x"));
        setLabels(here, first, Map.of(name, "y"));
        assertThat(values(there)).containsExactly("x", "y");
        // The sensor of the row has lost it, the other one has it.
        setLabels(here, first, Map.of());
        assertThat(values(there)).containsExactly("x");
        assertThat(labelNames()).contains(name);
        setLabels(here, second, Map.of());
        assertThat(values(there)).isEmpty();
        assertThat(labelNames()).doesNotContain(name);
        assertThat(sites()).contains("site-" + name);
        for (SensorId id : List.of(first, second)) {
            await(here.updates()
                    .apply(
                            id,
                            new MetadataUpdate(
                                    Set.of(Field.SITE),
                                    new SensorMetadata(Description.of(null, "moved-" + name), null, Map.of(), null))));
        }
        assertThat(sites()).contains("moved-" + name).doesNotContain("site-" + name);
    }

    @Test
    void deletesOldRowsOfLostLabels() {
        SensorId id = register("a");
        int slot = SensorListEntries.slotOf(id);
        session.execute(("INSERT INTO %s.sensors_by_metadata (field, value, slot, sensor_id)"
                        + " VALUES ('label.%s', 'x', %d, '%s') USING TIMESTAMP %d")
                .formatted(config.keyspace(), name, slot, id.value(), LONG_AGO_MICROS));
        FilterValue value = new FilterValue(FilterValue.ofLabel(name), "x");
        session.execute(("INSERT INTO %s.filter_values (filter, slot, value, sensor_id)"
                        + " VALUES ('%s', %d, 'x', '%s') USING TIMESTAMP %d")
                .formatted(config.keyspace(), value.filter(), value.slot(), id.value(), LONG_AGO_MICROS));
        assertThat(listed(there, Map.of(name, "x"))).isEmpty();
        assertThat(values(there)).isEmpty();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> rows("sensors_by_metadata", slot) == 0 && rows("filter_values", value.slot()) == 0);
    }

    private int rows(String table, int slot) {
        String where = table.equals("filter_values")
                ? "filter = 'label.%s' AND slot = %d".formatted(name, slot)
                : "field = 'label.%s' AND value = 'x' AND slot = %d".formatted(name, slot);
        return session.execute("SELECT * FROM %s.%s WHERE %s".formatted(config.keyspace(), table, where))
                .all()
                .size();
    }

    /** As written by a release without an index. */
    @Test
    void findsLabelsThatAreOlderThanTheIndex() {
        SensorId id = register("a", "site-" + name);
        session.execute("UPDATE %s.sensors SET labels = {'%s': 'x'}, expected_interval = 'PT1M' WHERE sensor_id = '%s'"
                .formatted(config.keyspace(), name, id.value()));
        session.execute("DELETE FROM %s.filter_values WHERE filter = 'site' AND slot = %d AND value = '%s'"
                .formatted(config.keyspace(), new FilterValue("site", "site-" + name).slot(), "site-" + name));
        assertThat(listed(there, Map.of(name, "x"))).isEmpty();
        assertThat(sites()).doesNotContain("site-" + name);
        await(here.index().build());
        assertThat(listed(there, Map.of(name, "x"))).containsExactly(id);
        assertThat(values(there)).containsExactly("x");
        assertThat(sites()).contains("site-" + name);
        assertThat(await(there.lists()
                        .expected(new SensorFilter(type, null, Map.of()), Consistency.DEFAULT)
                        .collect()
                        .asList()))
                .extracting(Sensor::id)
                .containsExactly(id);
    }

    /** More values at once than are inserted in the background. */
    @Test
    void insertsTheValuesThatWereTooMany() {
        SensorId first = register("a", "a-" + name);
        SensorId second = register("b", "b-" + name);
        for (String site : List.of("a-" + name, "b-" + name)) {
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> sites().contains(site));
            session.execute("DELETE FROM %s.filter_values WHERE filter = 'site' AND slot = %d AND value = '%s'"
                    .formatted(config.keyspace(), new FilterValue("site", site).slot(), site));
        }
        SensorListEntries entries = new SensorListEntries(database, 1);
        SensorIndex index = new SensorIndex(database, entries, Duration.ofMillis(100));
        NewEntries values = new NewEntries();
        values.addValues(SensorList.ofSite("a-" + name), first);
        values.addValues(SensorList.ofSite("b-" + name), second);
        await(entries.insertLists(values));
        index.start(new StartupEvent());
        try {
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(sites())
                    .contains("a-" + name, "b-" + name));
        } finally {
            index.stop(new ShutdownEvent());
        }
    }

    @Test
    void aWatchFollowsTheLabelsOnEveryReplica() {
        SensorId before = register("a");
        SensorId after = register("b");
        setLabels(here, before, Map.of(name, "x"));
        Watch watch = there.labeled().watch(Map.of(name, "x"));
        await(watch.ready());
        assertThat(watch.contains(before)).isTrue();
        assertThat(watch.contains(after)).isFalse();
        setLabels(here, before, Map.of());
        setLabels(here, after, Map.of(name, "x"));
        await(there.changePoller().poll());
        assertThat(watch.contains(before)).isFalse();
        assertThat(watch.contains(after)).isTrue();
        watch.release();
        watch.release();
        assertThat(there.labeled().isWatching()).isFalse();
    }

    private List<String> values(SensorReplica replica) {
        return await(replica.values().ofLabel(name, null, 100, Consistency.DEFAULT));
    }

    private List<String> labelNames() {
        return await(there.values().labels(null, 1_000, Consistency.DEFAULT));
    }

    private List<String> sites() {
        return await(there.values().sites(null, 1_000, Consistency.DEFAULT));
    }

    private List<SensorId> pages(SensorFilter filter, int limit) {
        List<SensorId> ids = new ArrayList<>();
        while (true) {
            List<Sensor> page = await(there.lists()
                    .page(filter, ids.isEmpty() ? null : ids.get(ids.size() - 1), limit, Consistency.DEFAULT));
            page.forEach(sensor -> ids.add(sensor.id()));
            if (page.size() < limit) {
                return ids;
            }
        }
    }

    private static List<SensorId> listed(SensorReplica replica, Map<String, String> labels) {
        return await(replica.lists().page(new SensorFilter(null, null, labels), null, 100, Consistency.DEFAULT))
                .stream()
                .map(Sensor::id)
                .toList();
    }

    private SensorId register(String suffix) {
        return register(suffix, null);
    }

    private SensorId register(String suffix, @Nullable String site) {
        SensorId id = new SensorId(name + "-" + suffix);
        await(here.registry()
                .register(List.of(
                        new SensorObservation(id, type, TimestampedDescription.of(Description.of(null, site), 100)))));
        return id;
    }

    private static MetadataUpdate labels(Map<String, String> labels) {
        return new MetadataUpdate(Set.of(Field.LABELS), new SensorMetadata(Description.NONE, null, labels, null));
    }

    private static void setLabels(SensorReplica replica, SensorId id, Map<String, String> labels) {
        await(replica.updates().apply(id, labels(labels)));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
