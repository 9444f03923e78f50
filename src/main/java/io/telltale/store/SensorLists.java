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
import java.time.Duration;
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
 * The sensors there are, by type, by site, or all. The lists are hints, written before what they say is true, so that
 * whoever dies in between leaves an entry too many and never one too few; each sensor that is named is read, and shown
 * only where it belongs.
 *
 * <p>An entry under a site at which its sensor no longer stands is taken off by whoever meets it, but only if it is
 * older than an hour: a younger one may belong to a move that is under way. Its deletion carries a write timestamp of an
 * hour ago, so an entry that is written meanwhile stays.
 */
@Singleton
public class SensorLists {

    private static final Logger log = Logger.getLogger(SensorLists.class);

    /** So many sensors of a page are looked up at once. */
    private static final int LOOKUPS_AT_ONCE = 32;

    /** At most so many entries are held at once, however many sensors are asked for. */
    private static final int MAX_ENTRIES_AT_ONCE = 512;

    private static final int REMOVALS_AT_ONCE = 16;

    /** Longer than any move takes, its attempts, a paused process and clocks that differ included. */
    private static final Duration MOVED_FOR_GOOD_AFTER = Duration.ofHours(1);

    private static final Set<DefaultConsistencyLevel> SEEN_BY_QUORUMS = Set.of(
            DefaultConsistencyLevel.LOCAL_QUORUM,
            DefaultConsistencyLevel.QUORUM,
            DefaultConsistencyLevel.EACH_QUORUM,
            DefaultConsistencyLevel.ALL);

    private final Database database;
    private final SensorRegistry sensors;
    private final Clock clock;
    private final boolean isTidying;
    private final Semaphore removals = new Semaphore(REMOVALS_AT_ONCE);

    /** What was taken off lately, so that an entry that is still too young is not tried again at each listing. */
    private final Cache<Entry, Boolean> removed = Caffeine.newBuilder()
            .maximumSize(20_000)
            .expireAfterWrite(MOVED_FOR_GOOD_AFTER)
            .build();

    private record Entry(String site, SensorId id) {}

    @Inject
    SensorLists(Database database, SensorRegistry sensors, Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.clock = clock;
        // Otherwise a site that was written may go unseen by a read, and its entry must not be taken for an old one.
        this.isTidying = SEEN_BY_QUORUMS.contains(database.writeLevel());
    }

    /**
     * A page of the sensors there are, in an order that never changes; full unless it is the last.
     *
     * @param type only sensors of this type, if given
     * @param site only sensors of this site, if given
     * @param after the last sensor of the page before, or null for the first page
     * @param limit how many
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
     * The same without an end, looked up as they are asked for.
     *
     * @param likely how many of them will be asked for, as a rule
     */
    public Multi<Sensor> all(
            @Nullable SensorType type,
            @Nullable String site,
            @Nullable SensorId after,
            int likely,
            Consistency consistency) {
        Predicate<Sensor> wanted = sensor -> (type == null || sensor.type().equals(type))
                && (site == null || site.equals(sensor.description().site()));
        int atOnce = Math.max(LOOKUPS_AT_ONCE, Math.min(likely, MAX_ENTRIES_AT_ONCE));
        if (site != null) {
            return inSlots(after, (slot, from) -> entries(Cql.SENSORS_BY_SITE, site, slot, from, atOnce, consistency)
                            .plug(Concatenation.unis(ids ->
                                    type == null ? Uni.createFrom().item(ids) : ofType(type, slot, ids, consistency)))
                            .plug(Concatenation.streams(ids -> standingAt(site, ids, consistency))))
                    .filter(wanted);
        }
        if (type != null) {
            return inSlots(after, (slot, from) -> entries(
                                    Cql.SENSORS_BY_TYPE, type.name(), slot, from, atOnce, consistency)
                            .plug(Concatenation.streams(ids -> registered(ids, consistency))))
                    .filter(wanted);
        }
        return everywhere(after, atOnce, consistency);
    }

    /** What lies in one slot of a list, after an id. */
    private interface InSlot {
        Multi<Sensor> after(int slot, String id);
    }

    private static Multi<Sensor> inSlots(@Nullable SensorId after, InSlot sensors) {
        int first = after == null ? 0 : SensorRegistry.slotOf(after);
        return Multi.createFrom()
                .range(first, SensorRegistry.SLOTS)
                .plug(Concatenation.streams(
                        slot -> sensors.after(slot, after != null && slot == first ? after.value() : "")));
    }

    private Multi<List<SensorId>> entries(
            Cql list, String name, int slot, String after, int atOnce, Consistency consistency) {
        return Pages.of(database.run(statements -> statements
                        .get(list)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setInt(1, slot)
                        .setString(2, after)
                        .setPageSize(atOnce)
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

    /** Those that the list of a type has too: one question for many, so that a large site costs little for a rare type. */
    private Uni<List<SensorId>> ofType(SensorType type, int slot, List<SensorId> ids, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.SENSORS_OF_TYPE_AMONG)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setInt(1, slot)
                        .setList(2, ids.stream().map(SensorId::value).toList(), String.class)
                        .setPageSize(MAX_ENTRIES_AT_ONCE)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(found -> {
                    Set<SensorId> listed = Set.copyOf(ids(found));
                    return ids.stream().filter(listed::contains).toList();
                });
    }

    private Multi<Sensor> standingAt(String site, List<SensorId> ids, Consistency consistency) {
        long nowMillis = clock.millis();
        return registered(ids, consistency).invoke(sensor -> {
            if (isTidying
                    && consistency == Consistency.DEFAULT
                    && !site.equals(sensor.description().site())) {
                removeBesides(new Entry(site, sensor.id()), nowMillis);
            }
        });
    }

    private Multi<Sensor> registered(List<SensorId> ids, Consistency consistency) {
        return ids.isEmpty()
                ? Multi.createFrom().empty()
                : sensors.read(ids, consistency).onItem().transformToMulti(Multi.createFrom()::iterable);
    }

    private Multi<Sensor> everywhere(@Nullable SensorId after, int atOnce, Consistency consistency) {
        return Pages.of(database.run(statements -> (after == null
                                ? statements.get(Cql.ALL_SENSORS).boundStatementBuilder()
                                : statements
                                        .get(Cql.SENSORS_AFTER)
                                        .boundStatementBuilder()
                                        .setString(0, after.value()))
                        .setPageSize(atOnce)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.streams(page -> Multi.createFrom().iterable(sensors(page))));
    }

    private static List<Sensor> sensors(AsyncResultSet page) {
        return StreamSupport.stream(page.currentPage().spliterator(), false)
                .map(SensorRegistry::sensor)
                .flatMap(Optional::stream)
                .collect(Collectors.toList());
    }

    /** Lists a sensor under a site. Completes when that is durable. */
    Uni<Void> list(String site, SensorId id) {
        return database.run(statements -> statements
                        .get(Cql.LIST_BY_SITE)
                        .boundStatementBuilder()
                        .setString(0, site)
                        .setInt(1, SensorRegistry.slotOf(id))
                        .setString(2, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /**
     * Takes a sensor off the list of a site, unless it was put there in the last hour.
     *
     * @param nowMillis the time before it was read that the sensor does not stand there
     */
    Uni<Void> remove(String site, SensorId id, long nowMillis) {
        return database.run(statements -> statements
                        .get(Cql.UNLIST_FROM_SITE)
                        .boundStatementBuilder()
                        .setLong(0, (nowMillis - MOVED_FOR_GOOD_AFTER.toMillis()) * 1_000)
                        .setString(1, site)
                        .setInt(2, SensorRegistry.slotOf(id))
                        .setString(3, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    private void removeBesides(Entry entry, long nowMillis) {
        if (!removals.tryAcquire()) {
            return;
        }
        if (removed.asMap().putIfAbsent(entry, true) != null) {
            removals.release();
            return;
        }
        remove(entry.site(), entry.id(), nowMillis)
                .onTermination()
                .invoke(() -> removals.release())
                .subscribe()
                .with(
                        done -> {},
                        failure -> log.debugf(
                                failure, "Sensor %s is still listed under site %s", entry.id(), entry.site()));
    }
}
