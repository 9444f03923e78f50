package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Lists the registered sensors: by type, by site, or all of them. List entries are hints. They are written before the
 * sensor is, so a crash in between leaves one entry too many and never one too few. Readers read each listed sensor,
 * and skip those that do not belong to the list.
 *
 * <p>A reader deletes the entry of a sensor that is at another site, but only if the entry is older than an hour: a
 * newer entry may belong to a move in progress. The deletion's write timestamp is one hour ago, so a newer entry
 * survives.
 */
@Singleton
public class SensorLists {

    private static final Logger log = Logger.getLogger(SensorLists.class);

    private static final int MIN_PAGE_ENTRIES = 32;

    /** Bounds the memory of a page, regardless of the number of requested sensors. */
    private static final int MAX_PAGE_ENTRIES = 512;

    private static final int CONCURRENT_DELETIONS = 16;

    /** Write levels whose writes every quorum read sees. */
    private static final Set<DefaultConsistencyLevel> VISIBLE_TO_QUORUM = Set.of(
            DefaultConsistencyLevel.LOCAL_QUORUM,
            DefaultConsistencyLevel.QUORUM,
            DefaultConsistencyLevel.EACH_QUORUM,
            DefaultConsistencyLevel.ALL);

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorListEntries entries;
    private final Clock clock;
    private final boolean isCleanupEnabled;
    private final Semaphore deletions = new Semaphore(CONCURRENT_DELETIONS);

    /** Recent deletions, so that readers do not retry an entry that is still too new to be deleted. */
    private final Cache<Entry, Boolean> deleted = Caffeine.newBuilder()
            .maximumSize(20_000)
            .expireAfterWrite(SensorListEntries.MOVE_COMPLETE_AFTER)
            .build();

    private record Entry(String site, SensorId id) {}

    @Inject
    SensorLists(Database database, SensorRegistry sensors, SensorListEntries entries, Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.entries = entries;
        this.clock = clock;
        // At other levels a read may miss the sensor's new site, and the entry of that site would look outdated.
        this.isCleanupEnabled = VISIBLE_TO_QUORUM.contains(database.writeLevel());
    }

    /**
     * Reads a page of sensors, in an order that never changes. Only the last page has fewer than {@code limit} sensors.
     *
     * @param type only sensors of this type; null for any
     * @param site only sensors of this site; null for any
     * @param after the last sensor of the previous page; null for the first page
     */
    public Uni<List<Sensor>> page(
            @Nullable SensorType type,
            @Nullable String site,
            @Nullable SensorId after,
            int limit,
            Consistency consistency) {
        return all(type, site, after, limit, consistency)
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
    public Multi<Sensor> all(
            @Nullable SensorType type,
            @Nullable String site,
            @Nullable SensorId after,
            int expected,
            Consistency consistency) {
        Predicate<Sensor> matches = sensor -> (type == null || sensor.type().equals(type))
                && (site == null || site.equals(sensor.description().site()));
        int pageEntries = Math.max(MIN_PAGE_ENTRIES, Math.min(expected, MAX_PAGE_ENTRIES));
        if (site != null) {
            return inSlots(after, (slot, from) -> idPages(
                                    Cql.SENSORS_BY_SITE, site, slot, from, pageEntries, consistency)
                            .plug(Concatenation.unis(ids ->
                                    type == null ? Uni.createFrom().item(ids) : ofType(type, slot, ids, consistency)))
                            .plug(Concatenation.streams(ids -> atSite(site, ids, consistency))))
                    .filter(matches);
        }
        if (type != null) {
            return inSlots(after, (slot, from) -> idPages(
                                    Cql.SENSORS_BY_TYPE, type.name(), slot, from, pageEntries, consistency)
                            .plug(Concatenation.streams(ids -> registered(ids, consistency))))
                    .filter(matches);
        }
        return everySensor(after, pageEntries, consistency);
    }

    /** Reads the sensors in one slot of a list after an id. */
    private interface SlotReader {
        Multi<Sensor> after(int slot, String id);
    }

    private static Multi<Sensor> inSlots(@Nullable SensorId after, SlotReader sensors) {
        int first = after == null ? 0 : SensorListEntries.slotOf(after);
        return Multi.createFrom()
                .range(first, SensorListEntries.SLOTS)
                .plug(Concatenation.streams(
                        slot -> sensors.after(slot, after != null && slot == first ? after.value() : "")));
    }

    private Multi<List<SensorId>> idPages(
            Cql list, String name, int slot, String after, int pageEntries, Consistency consistency) {
        return Pages.of(database.run(statements -> statements
                        .get(list)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setInt(1, slot)
                        .setString(2, after)
                        .setPageSize(pageEntries)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .map(SensorLists::ids)
                .filter(ids -> !ids.isEmpty());
    }

    private static List<SensorId> ids(AsyncResultSet page) {
        return StreamSupport.stream(page.currentPage().spliterator(), false)
                .map(row -> new SensorId(Objects.requireNonNull(row.getString(0))))
                .toList();
    }

    /**
     * Keeps the ids that the list of a type has too. One request for many ids: a rare type in a large site costs
     * little.
     */
    private Uni<List<SensorId>> ofType(SensorType type, int slot, List<SensorId> ids, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.SENSORS_OF_TYPE_AMONG)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setInt(1, slot)
                        .setList(2, ids.stream().map(SensorId::value).toList(), String.class)
                        .setPageSize(MAX_PAGE_ENTRIES)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(found -> {
                    Set<SensorId> listed = Set.copyOf(ids(found));
                    return ids.stream().filter(listed::contains).toList();
                });
    }

    private Multi<Sensor> atSite(String site, List<SensorId> ids, Consistency consistency) {
        long nowMillis = clock.millis();
        return registered(ids, consistency).invoke(sensor -> {
            if (isCleanupEnabled
                    && consistency == Consistency.DEFAULT
                    && !site.equals(sensor.description().site())) {
                deleteInBackground(new Entry(site, sensor.id()), nowMillis);
            }
        });
    }

    private Multi<Sensor> registered(List<SensorId> ids, Consistency consistency) {
        return ids.isEmpty()
                ? Multi.createFrom().empty()
                : sensors.read(ids, consistency).onItem().transformToMulti(Multi.createFrom()::iterable);
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
                .plug(Concatenation.streams(page -> Multi.createFrom().iterable(sensors(page))));
    }

    private static List<Sensor> sensors(AsyncResultSet page) {
        return StreamSupport.stream(page.currentPage().spliterator(), false)
                .map(RegisteredSensor::of)
                .flatMap(Optional::stream)
                .map(RegisteredSensor::sensor)
                .collect(Collectors.toList());
    }

    private void deleteInBackground(Entry entry, long nowMillis) {
        if (!deletions.tryAcquire()) {
            return;
        }
        if (deleted.asMap().putIfAbsent(entry, true) != null) {
            deletions.release();
            return;
        }
        entries.delete(entry.site(), entry.id(), nowMillis)
                .onTermination()
                .invoke(() -> deletions.release())
                .subscribe()
                .with(
                        done -> {},
                        failure -> log.debugf(
                                failure,
                                "Outdated list entry was not deleted: site=%s sensor=%s",
                                entry.site(),
                                entry.id()));
    }
}
