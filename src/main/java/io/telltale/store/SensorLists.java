package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.store.SensorList.Operation;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lists the registered sensors: by type, by site, by label, or all of them. List entries are hints. They are written
 * before the sensor is, so a crash in between leaves one entry too many and never one too few. Readers read each listed
 * sensor, and skip those that do not belong to the list.
 *
 * <p>A filter with several conditions walks one list. If labels are among them, that is the list with the fewest
 * entries, as far as a look at one of its slots tells; many of its ids at once are looked up in the other lists.
 */
@Singleton
public class SensorLists {

    private static final int MIN_PAGE_ENTRIES = 32;

    /** Bounds the memory of a page, regardless of the number of requested sensors. */
    private static final int MAX_PAGE_ENTRIES = 512;

    /** So few sensors are read as fast as they are looked up in other lists. */
    private static final int FEW_ENTRIES = 16;

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorIndex index;
    private final OutdatedListEntries outdated;
    private final RareLabels rare;
    private final Clock clock;

    /** What a slot of a list holds after an id: a first page of ids. */
    private record Slot(int number, AsyncResultSet page) {}

    @Inject
    SensorLists(
            Database database,
            SensorRegistry sensors,
            SensorIndex index,
            OutdatedListEntries outdated,
            RareLabels rare,
            Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.index = index;
        this.outdated = outdated;
        this.rare = rare;
        this.clock = clock;
    }

    /**
     * Reads a page of sensors, in an order that never changes. Only the last page has fewer than {@code limit} sensors.
     *
     * @param after the last sensor of the previous page; null for the first page
     */
    public Uni<List<Sensor>> page(SensorFilter filter, @Nullable SensorId after, int limit, Consistency consistency) {
        return all(filter, after, limit, consistency)
                .select()
                .first(limit)
                .collect()
                .asList();
    }

    /**
     * Reads all sensors after one, on demand, in the order of {@link #page}.
     *
     * @param expected how many of them will probably be requested
     */
    public Multi<Sensor> all(SensorFilter filter, @Nullable SensorId after, int expected, Consistency consistency) {
        int pageEntries = Math.max(MIN_PAGE_ENTRIES, Math.min(expected, MAX_PAGE_ENTRIES));
        List<SensorList> lists = SensorList.of(filter);
        return lists.isEmpty()
                ? everySensor(after, pageEntries, consistency)
                : in(lists, after, pageEntries, consistency).filter(filter::matches);
    }

    /**
     * The same as this replica knows them: what a person has changed of a sensor takes effect within 10 s. Sensors with
     * rare labels come from memory.
     */
    public Multi<Sensor> known(SensorFilter filter, @Nullable SensorId after, int expected, Consistency consistency) {
        if (after != null || consistency != Consistency.DEFAULT || !RareLabels.decide(filter)) {
            return all(filter, after, expected, consistency);
        }
        return Multi.createFrom().deferred(() -> {
            List<SensorId> ids = rare.sensors(filter);
            return ids == null ? remembered(filter, expected) : found(filter, ids);
        });
    }

    /** A cached sensor may not have its labels yet, or not any more. */
    private Multi<Sensor> found(SensorFilter filter, List<SensorId> ids) {
        return ReadAhead.inOrder(
                        ids, RareLabels.MAX_SENSORS, id -> sensors.find(id, filter::matches, Consistency.DEFAULT))
                .plug(Concatenation.contents(sensor -> sensor.stream().toList()))
                .filter(filter::matches);
    }

    private Multi<Sensor> remembered(SensorFilter filter, int expected) {
        long before = rare.changes();
        List<SensorId> ids = new ArrayList<>();
        return all(filter, null, expected, Consistency.DEFAULT)
                .invoke(sensor -> {
                    if (ids.size() <= RareLabels.MAX_SENSORS) {
                        ids.add(sensor.id());
                    }
                })
                .onCompletion()
                .invoke(() -> rare.remember(filter, ids, before));
    }

    /** Reads the sensors with an expected interval, on demand, in the order of {@link #page}. */
    Multi<Sensor> expected(SensorFilter filter, Consistency consistency) {
        List<SensorList> lists = new ArrayList<>(SensorList.of(filter));
        lists.add(SensorList.EXPECTED);
        return in(lists, null, MAX_PAGE_ENTRIES, consistency)
                .filter(sensor -> filter.matches(sensor) && SensorList.EXPECTED.has(sensor));
    }

    /**
     * The result of a search in a list.
     *
     * @param found a sensor that belongs to the list
     * @param isComplete whether there is none where none was found; otherwise the list has more entries
     */
    record Search(Optional<SensorId> found, boolean isComplete) {}

    /** Looks for a sensor that belongs to a list, among its first entries. */
    Uni<Search> search(SensorList list, int maxEntries, Consistency consistency) {
        return Uni.createFrom().deferred(() -> {
            AtomicInteger seen = new AtomicInteger();
            return walk(list, List.of(), null, MIN_PAGE_ENTRIES, consistency)
                    .select()
                    .first(maxEntries)
                    .invoke(seen::incrementAndGet)
                    .filter(list::has)
                    .toUni()
                    .map(found -> new Search(Optional.ofNullable(found).map(Sensor::id), seen.get() < maxEntries));
        });
    }

    private Multi<Sensor> in(
            List<SensorList> lists, @Nullable SensorId after, int pageEntries, Consistency consistency) {
        boolean isIndexNeeded = lists.stream().anyMatch(list -> list.kind().isMetadata());
        if (!isIndexNeeded) {
            return walk(lists.get(0), lists.subList(1, lists.size()), after, pageEntries, consistency);
        }
        return index.whenComplete()
                .chain(() -> shortest(lists, after, consistency))
                .onItem()
                .transformToMulti(driver -> walk(
                        driver,
                        lists.stream().filter(list -> !list.equals(driver)).toList(),
                        after,
                        pageEntries,
                        consistency));
    }

    /** The list with the fewest entries in one slot; of those with many, the one whose page reaches farthest. */
    private Uni<SensorList> shortest(List<SensorList> lists, @Nullable SensorId after, Consistency consistency) {
        if (lists.size() == 1) {
            return Uni.createFrom().item(lists.get(0));
        }
        int slot = firstSlot(after);
        return Uni.join()
                .all(lists.stream()
                        .map(list -> idPage(list, slot, startOf(slot, after), MIN_PAGE_ENTRIES, consistency)
                                .map(page -> new Sample(list, ids(page))))
                        .toList())
                .andFailFast()
                .map(samples -> Collections.min(samples, Sample.BY_LENGTH).list());
    }

    /** The first ids of a slot of a list. */
    private record Sample(SensorList list, List<SensorId> ids) {

        static final Comparator<Sample> BY_LENGTH = Comparator.<Sample>comparingInt(
                        sample -> sample.ids().size())
                .thenComparing(
                        sample -> sample.ids().isEmpty()
                                ? ""
                                : sample.ids().get(sample.ids().size() - 1).value(),
                        Comparator.reverseOrder());
    }

    /** Reads the sensors of a list that other lists have too. May include sensors that belong to none of them. */
    private Multi<Sensor> walk(
            SensorList driver,
            List<SensorList> others,
            @Nullable SensorId after,
            int pageEntries,
            Consistency consistency) {
        List<Integer> slots = IntStream.range(firstSlot(after), SensorListEntries.SLOTS)
                .boxed()
                .toList();
        Function<Integer, Uni<Slot>> read = slot -> idPage(driver, slot, startOf(slot, after), pageEntries, consistency)
                .map(page -> new Slot(slot, page));
        if (!driver.kind().isMetadata()) {
            return Multi.createFrom()
                    .iterable(slots)
                    .plug(Concatenation.unis(read))
                    .plug(Concatenation.streams(slot -> pages(slot, others, consistency)))
                    .plug(Concatenation.streams(some -> checked(driver, some, consistency)));
        }
        // A label of few sensors has them in many slots, which must not be read one after another.
        return ReadAhead.inOrder(slots, SensorListEntries.SLOTS, read)
                .plug(Concatenation.streams(slot -> pages(slot, others, consistency)))
                .plug(Concatenation.contents(some -> some))
                .group()
                .intoLists()
                .of(pageEntries)
                .plug(Concatenation.streams(some -> checked(driver, some, consistency)));
    }

    private static int firstSlot(@Nullable SensorId after) {
        return after == null ? 0 : SensorListEntries.slotOf(after);
    }

    /** The id after which a slot is read; no id is empty. */
    private static String startOf(int slot, @Nullable SensorId after) {
        return after != null && slot == SensorListEntries.slotOf(after) ? after.value() : "";
    }

    private Multi<List<SensorId>> pages(Slot slot, List<SensorList> others, Consistency consistency) {
        return Pages.of(Uni.createFrom().item(slot.page()))
                .map(SensorLists::ids)
                .plug(Concatenation.unis(ids -> inAll(others, slot.number(), ids, consistency)))
                .filter(ids -> !ids.isEmpty());
    }

    private Uni<List<SensorId>> inAll(List<SensorList> lists, int slot, List<SensorId> ids, Consistency consistency) {
        Uni<List<SensorId>> kept = Uni.createFrom().item(ids);
        for (SensorList list : lists) {
            kept = kept.chain(some ->
                    some.size() <= FEW_ENTRIES ? Uni.createFrom().item(some) : among(list, slot, some, consistency));
        }
        return kept;
    }

    private Uni<AsyncResultSet> idPage(
            SensorList list, int slot, String after, int pageEntries, Consistency consistency) {
        return database.run(statements -> list.bind(statements, Operation.READ, 0, slot)
                .setString(list.parameters(), after)
                .setPageSize(pageEntries)
                .setConsistencyLevel(Database.level(consistency))
                .setExecutionProfileName("registry")
                .build());
    }

    private static List<SensorId> ids(AsyncResultSet page) {
        return StreamSupport.stream(page.currentPage().spliterator(), false)
                .map(row -> new SensorId(Objects.requireNonNull(row.getString(0))))
                .toList();
    }

    /** Keeps the ids that a list has too. One request for many ids: a rare type in a large site costs little. */
    private Uni<List<SensorId>> among(SensorList list, int slot, List<SensorId> ids, Consistency consistency) {
        return database.run(statements -> list.bind(statements, Operation.SELECT_AMONG, 0, slot)
                        .setList(
                                list.parameters(),
                                ids.stream().map(SensorId::value).toList(),
                                String.class)
                        .setPageSize(MAX_PAGE_ENTRIES)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(found -> {
                    Set<SensorId> listed = Set.copyOf(ids(found));
                    return ids.stream().filter(listed::contains).toList();
                });
    }

    /** Reads sensors, and deletes the entries of sensors that do not belong to the list. */
    private Multi<Sensor> checked(SensorList list, List<SensorId> ids, Consistency consistency) {
        long nowMillis = clock.millis();
        return sensors.read(ids, consistency)
                .onItem()
                .transformToMulti(Multi.createFrom()::iterable)
                .invoke(sensor -> {
                    if (!list.has(sensor)) {
                        outdated.delete(list, sensor.id(), nowMillis, consistency);
                    }
                });
    }

    private Multi<Sensor> everySensor(@Nullable SensorId after, int pageEntries, Consistency consistency) {
        return Pages.of(database.run(statements -> (after == null
                                ? statements.get(Cql.ALL_SENSORS).boundStatementBuilder()
                                : statements
                                        .get(Cql.SENSORS_AFTER)
                                        .boundStatementBuilder()
                                        .setString(0, after.value()))
                        .setPageSize(pageEntries)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(SensorLists::sensors));
    }

    private static List<Sensor> sensors(AsyncResultSet page) {
        return StreamSupport.stream(page.currentPage().spliterator(), false)
                .map(RegisteredSensor::of)
                .flatMap(Optional::stream)
                .map(RegisteredSensor::sensor)
                .toList();
    }
}
