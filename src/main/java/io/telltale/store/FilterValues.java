package io.telltale.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.SensorLists.Search;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Lists the values that filters can have: types, sites, names of labels, values of a label. Sorted by their bytes in
 * UTF-8.
 *
 * <p>Table {@code filter_values} has each value with the id of a sensor that was given it. A reader checks the sensors
 * of many values in one request. If the sensor of a value has lost it, the reader looks for another one in the list of
 * the value, and skips the value if there is none. So a value disappears with its last sensor.
 */
@Singleton
public class FilterValues {

    private static final Logger log = Logger.getLogger(FilterValues.class);

    /**
     * How many entries of a value's list are looked at. If all are outdated, the value stays until they are deleted.
     */
    private static final int SEARCHED_ENTRIES = 512;

    /** How many values of a label are looked at to find a sensor with the label. */
    private static final int SEARCHED_VALUES = 16;

    private static final int CHECKED_TOGETHER = 128;
    private static final int CONCURRENT_SEARCHES = 8;
    /** The order of values. */
    public static final Comparator<String> BY_BYTES =
            Comparator.comparing(text -> text.getBytes(UTF_8), Arrays::compareUnsigned);

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorLists lists;
    private final SensorListEntries entries;
    private final OutdatedListEntries outdated;
    private final SensorIndex index;
    private final Clock clock;

    /**
     * A value that some sensor was given.
     *
     * @param sensorId a sensor that had it, and may have it still
     */
    private record Candidate(FilterValue value, SensorId sensorId) {}

    /**
     * The next candidates of a filter.
     *
     * @param candidates in the order of their values
     * @param next the value after which to read on; null at the end
     */
    private record Round(
            List<Candidate> candidates, @Nullable String next) {}

    /** The first candidates of one slot; the slot has more if they are as many as requested. */
    private record SlotValues(List<Candidate> candidates, boolean isFull) {}

    @Inject
    FilterValues(
            Database database,
            SensorRegistry sensors,
            SensorLists lists,
            SensorListEntries entries,
            OutdatedListEntries outdated,
            SensorIndex index,
            Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.lists = lists;
        this.entries = entries;
        this.outdated = outdated;
        this.index = index;
        this.clock = clock;
    }

    /** A page of the types; only the last page has fewer than {@code limit}. */
    public Uni<List<String>> types(@Nullable String after, int limit, Consistency consistency) {
        return page(FilterValue.TYPES, after, limit, consistency);
    }

    /** A page of the sites. */
    public Uni<List<String>> sites(@Nullable String after, int limit, Consistency consistency) {
        return page(FilterValue.SITES, after, limit, consistency);
    }

    /** A page of the names of labels. */
    public Uni<List<String>> labels(@Nullable String after, int limit, Consistency consistency) {
        return page(FilterValue.LABELS, after, limit, consistency);
    }

    /** A page of the values of a label. */
    public Uni<List<String>> ofLabel(String name, @Nullable String after, int limit, Consistency consistency) {
        return page(FilterValue.ofLabel(name), after, limit, consistency);
    }

    private Uni<List<String>> page(String filter, @Nullable String after, int limit, Consistency consistency) {
        return index.whenComplete().chain(() -> candidates(filter, after, limit, consistency)
                .group()
                .intoLists()
                .of(Math.min(limit, CHECKED_TOGETHER))
                .plug(Concatenation.unis(some -> confirmed(some, consistency)))
                .plug(Concatenation.contents(some -> some))
                .select()
                .first(limit)
                .map(candidate -> candidate.value().value())
                .collect()
                .asList());
    }

    /** The values after one, also those that no sensor has any longer, on demand. */
    private Multi<Candidate> candidates(String filter, @Nullable String after, int expected, Consistency consistency) {
        int ofSlot = expected / FilterValue.SLOTS * 2 + 16;
        return Multi.createFrom().deferred(() -> {
            AtomicReference<@Nullable String> start = new AtomicReference<>(after);
            return Concatenation.<Round>repeated(
                            () -> round(filter, start.get(), ofSlot, consistency)
                                    .invoke(round -> start.set(round.next())),
                            round -> round.next() != null)
                    .plug(Concatenation.contents(Round::candidates));
        });
    }

    /** Values are complete up to the smallest one at which a slot was cut off. */
    private Uni<Round> round(String filter, @Nullable String after, int ofSlot, Consistency consistency) {
        return Uni.join()
                .all(IntStream.range(0, FilterValue.SLOTS)
                        .mapToObj(slot -> slotValues(filter, slot, after, ofSlot, consistency))
                        .toList())
                .andFailFast()
                .map(slots -> {
                    Optional<String> end = slots.stream()
                            .filter(SlotValues::isFull)
                            .map(slot ->
                                    slot.candidates().get(ofSlot - 1).value().value())
                            .min(BY_BYTES);
                    List<Candidate> complete = slots.stream()
                            .flatMap(slot -> slot.candidates().stream())
                            .filter(candidate -> end.isEmpty()
                                    || BY_BYTES.compare(candidate.value().value(), end.get()) <= 0)
                            .sorted(Comparator.comparing(
                                    candidate -> candidate.value().value(), BY_BYTES))
                            .toList();
                    return new Round(complete, end.orElse(null));
                });
    }

    private Uni<SlotValues> slotValues(
            String filter, int slot, @Nullable String after, int limit, Consistency consistency) {
        return database.run(statements -> {
                    BoundStatementBuilder statement = statements
                            .get(after == null ? Cql.FILTER_VALUES : Cql.FILTER_VALUES_AFTER)
                            .boundStatementBuilder()
                            .setString(0, filter)
                            .setInt(1, slot);
                    statement = after == null
                            ? statement.setInt(2, limit)
                            : statement.setString(2, after).setInt(3, limit);
                    return statement
                            .setPageSize(limit)
                            .setConsistencyLevel(Database.level(consistency))
                            .setExecutionProfileName("registry")
                            .build();
                })
                .map(rows -> StreamSupport.stream(rows.currentPage().spliterator(), false)
                        .map(row -> candidate(filter, row))
                        .toList())
                .map(found -> new SlotValues(found, found.size() == limit));
    }

    private static Candidate candidate(String filter, Row row) {
        return new Candidate(
                new FilterValue(filter, Objects.requireNonNull(row.getString(0))),
                new SensorId(Objects.requireNonNull(row.getString(1))));
    }

    /** The candidates that a sensor has now, in their order. */
    private Uni<List<Candidate>> confirmed(List<Candidate> candidates, Consistency consistency) {
        long nowMillis = clock.millis();
        List<SensorId> ids =
                candidates.stream().map(Candidate::sensorId).distinct().toList();
        return sensors.read(ids, consistency)
                .map(found -> found.stream().collect(Collectors.toMap(Sensor::id, Function.identity())))
                .chain(found -> ReadAhead.inOrder(
                                candidates,
                                CONCURRENT_SEARCHES,
                                candidate -> has(found, candidate)
                                        ? Uni.createFrom().item(Optional.of(candidate))
                                        : search(candidate, nowMillis, consistency))
                        .collect()
                        .asList())
                .map(checked -> checked.stream().flatMap(Optional::stream).toList());
    }

    private static boolean has(Map<SensorId, Sensor> found, Candidate candidate) {
        Sensor sensor = found.get(candidate.sensorId());
        return sensor != null
                && SensorList.of(sensor).stream()
                        .anyMatch(list -> list.filterValues().contains(candidate.value()));
    }

    /** Looks for another sensor with the value. */
    private Uni<Optional<Candidate>> search(Candidate candidate, long nowMillis, Consistency consistency) {
        FilterValue value = candidate.value();
        Uni<Search> search = value.isLabelName()
                ? searchLabel(value.value(), consistency)
                : lists.search(value.list(), SEARCHED_ENTRIES, consistency);
        return search.map(result -> {
            if (result.found().isPresent()) {
                inBackground(value, entries.insert(value, result.found().orElseThrow()));
            } else if (result.isComplete() && outdated.isKnownAt(consistency)) {
                inBackground(value, entries.delete(value, nowMillis));
            }
            return result.found().isPresent() || !result.isComplete() ? Optional.of(candidate) : Optional.empty();
        });
    }

    private Uni<Search> searchLabel(String name, Consistency consistency) {
        return candidates(FilterValue.ofLabel(name), null, SEARCHED_VALUES, consistency)
                .select()
                .first(SEARCHED_VALUES)
                .collect()
                .asList()
                .chain(values -> confirmed(values, consistency)
                        .chain(confirmed -> confirmed.isEmpty()
                                ? Uni.createFrom().item(new Search(Optional.empty(), values.size() < SEARCHED_VALUES))
                                : lists.search(confirmed.get(0).value().list(), SEARCHED_ENTRIES, consistency)));
    }

    /** A failure changes no response: the next reader does the same again. */
    private static void inBackground(FilterValue value, Uni<Void> write) {
        write.subscribe().with(done -> {}, failure -> log.debugf(failure, "Value was not updated: %s", value));
    }
}
