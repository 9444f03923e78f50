package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.SensorList.Operation;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes and deletes the entries of the lists that {@link SensorLists} reads, and the values of filters that {@link
 * FilterValues} reads.
 */
@Singleton
class SensorListEntries {

    private static final Logger log = Logger.getLogger(SensorListEntries.class);

    /** How many partitions each list is spread over. Never change it: it determines where entries are stored. */
    static final int SLOTS = 16;

    /** A move to another site takes less time, with retries, a paused process and clock skew included. */
    static final Duration MOVE_COMPLETE_AFTER = Duration.ofHours(1);

    /** Some 100 bytes each, so a batch stays far below Cassandra's limits. */
    private static final int ENTRIES_PER_BATCH = 500;

    private static final int CONCURRENT_BATCHES = 128;

    private static final int MAX_PENDING_VALUES = 4_096;
    private static final Duration MIN_BACKOFF = Duration.ofSeconds(1);
    private static final Duration MAX_BACKOFF = Duration.ofMinutes(1);
    private static final Duration RETRIED_FOR = Duration.ofHours(1);

    private final Database database;
    private final int maxPendingValues;
    private final Map<FilterValue, SensorId> pending = new ConcurrentHashMap<>();
    private final AtomicBoolean isValueMissing = new AtomicBoolean();

    /** A partition of a list. */
    private record ListPartition(SensorList list, int slot) {}

    /** Entries to insert, grouped by partition: a batch holds rows of one partition only. */
    static final class NewEntries {
        private final Map<ListPartition, List<SensorId>> byPartition = new LinkedHashMap<>();
        private final Map<FilterValue, SensorId> values = new LinkedHashMap<>();

        static NewEntries of(Collection<SensorList> lists, SensorId id) {
            NewEntries entries = new NewEntries();
            lists.forEach(list -> entries.add(list, id));
            return entries;
        }

        void addToType(SensorType type, SensorId id) {
            add(SensorList.ofType(type), id);
        }

        /** Adds nothing if there is no site. */
        void addToSite(@Nullable String site, SensorId id) {
            if (site != null) {
                add(SensorList.ofSite(site), id);
            }
        }

        void add(SensorList list, SensorId id) {
            byPartition
                    .computeIfAbsent(new ListPartition(list, slotOf(id)), first -> new ArrayList<>())
                    .add(id);
            addValues(list, id);
        }

        /** Adds only the values of filters that a list stands for. */
        void addValues(SensorList list, SensorId id) {
            list.filterValues().forEach(value -> values.putIfAbsent(value, id));
        }
    }

    @Inject
    SensorListEntries(Database database) {
        this(database, MAX_PENDING_VALUES);
    }

    /** @param maxPendingValues how many values of filters are being inserted in the background */
    SensorListEntries(Database database, int maxPendingValues) {
        this.database = database;
        this.maxPendingValues = maxPendingValues;
    }

    static int slotOf(SensorId id) {
        return Math.floorMod(Layout.hash(id.value()), SLOTS);
    }

    /** Inserts entries, and the values of filters that they stand for. Completes when all of them are durable. */
    Uni<Void> insert(NewEntries entries) {
        return merged(Concatenation.of(List.of(
                Multi.createFrom()
                        .iterable(entries.values.entrySet())
                        .map(value -> insert(value.getKey(), value.getValue())),
                lists(entries))));
    }

    /**
     * Inserts entries. Completes when they are durable. The values of filters are inserted in the background: many
     * sensors share one, and must not wait for its partition while that is unavailable.
     */
    Uni<Void> insertLists(NewEntries entries) {
        entries.values.forEach(this::insertInBackground);
        return merged(lists(entries));
    }

    private Multi<Uni<Void>> lists(NewEntries entries) {
        return Multi.createFrom()
                .iterable(entries.byPartition.entrySet())
                .plug(Concatenation.streams(entry -> Multi.createFrom()
                        .iterable(entry.getValue())
                        .group()
                        .intoLists()
                        .of(ENTRIES_PER_BATCH)
                        .map(ids -> insert(entry.getKey(), ids))));
    }

    private static Uni<Void> merged(Multi<Uni<Void>> writes) {
        return writes.onItem()
                .transformToUni(write -> write)
                .merge(CONCURRENT_BATCHES)
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** Retries for an hour. What is not inserted then, or exceeds the bound, {@link SensorIndex} inserts. */
    private void insertInBackground(FilterValue value, SensorId id) {
        if (pending.containsKey(value)) {
            return;
        }
        if (pending.size() >= maxPendingValues) {
            isValueMissing.set(true);
            return;
        }
        if (pending.putIfAbsent(value, id) != null) {
            return;
        }
        insert(value, id)
                .onFailure(StoreUnavailableException.class)
                .retry()
                .withBackOff(MIN_BACKOFF, MAX_BACKOFF)
                .expireIn(RETRIED_FOR.toMillis())
                .onTermination()
                .invoke(() -> pending.remove(value))
                .subscribe()
                .with(done -> {}, failure -> {
                    isValueMissing.set(true);
                    log.debugf(failure, "Value of a filter was not inserted: %s", value);
                });
    }

    /** Whether values of filters were not inserted since the last call. */
    boolean takeMissingValues() {
        return isValueMissing.getAndSet(false);
    }

    private Uni<Void> insert(ListPartition partition, List<SensorId> ids) {
        return database.run(statements -> batch(statements, partition, ids)).replaceWithVoid();
    }

    private BatchStatement batch(Statements statements, ListPartition partition, List<SensorId> ids) {
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write");
        SensorList list = partition.list();
        for (SensorId id : ids) {
            batch.addStatement(list.bind(statements, Operation.INSERT, 0, partition.slot())
                    .setString(list.parameters(), id.value())
                    .build());
        }
        return batch.build();
    }

    /** Deletes the entries of a sensor that is shredded from its lists, also those that were written now. */
    Uni<Void> remove(Collection<SensorList> lists, SensorId id, long nowMillis) {
        return merged(Multi.createFrom().iterable(lists).map(list -> deleteAt(list, id, nowMillis * 1_000)));
    }

    /**
     * Deletes a sensor's entry from a list, unless the entry was written in the last hour.
     *
     * @param nowMillis the time before the read that found that the sensor does not belong to the list
     */
    Uni<Void> delete(SensorList list, SensorId id, long nowMillis) {
        return deleteAt(list, id, deletionMicros(nowMillis));
    }

    private Uni<Void> deleteAt(SensorList list, SensorId id, long micros) {
        return database.run(statements -> list.bind(statements, Operation.DELETE, 1, slotOf(id))
                        .setLong(0, micros)
                        .setString(1 + list.parameters(), id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Inserts a value of a filter, with a sensor that has it. Completes when it is durable. */
    Uni<Void> insert(FilterValue value, SensorId id) {
        return database.run(statements -> statements
                        .get(Cql.INSERT_FILTER_VALUE)
                        .boundStatementBuilder()
                        .setString(0, value.filter())
                        .setInt(1, value.slot())
                        .setString(2, value.value())
                        .setString(3, id.value())
                        .setConsistencyLevel(database.writeLevel())
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    /**
     * Deletes a value of a filter, unless it was written in the last hour.
     *
     * @param nowMillis the time before the read that found no sensor with the value
     */
    Uni<Void> delete(FilterValue value, long nowMillis) {
        return database.run(statements -> statements
                        .get(Cql.DELETE_FILTER_VALUE)
                        .boundStatementBuilder()
                        .setLong(0, deletionMicros(nowMillis))
                        .setString(1, value.filter())
                        .setInt(2, value.slot())
                        .setString(3, value.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** The write timestamp of a deletion: what is newer may belong to an update in progress, and stays. */
    private static long deletionMicros(long nowMillis) {
        return (nowMillis - MOVE_COMPLETE_AFTER.toMillis()) * 1_000;
    }
}
