package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes and deletes the entries of the lists by type and by site that {@link SensorLists} reads. */
@Singleton
class SensorListEntries {

    /** How many partitions each name's list is spread over. Never change it: it determines where entries are stored. */
    static final int SLOTS = 16;

    /** A move to another site takes less time, with retries, a paused process and clock skew included. */
    static final Duration MOVE_COMPLETE_AFTER = Duration.ofHours(1);

    /** Some 100 bytes each, so a batch stays far below Cassandra's limits. */
    private static final int ENTRIES_PER_BATCH = 500;

    private static final int CONCURRENT_BATCHES = 128;

    private final Database database;

    /** A partition of one of the lists. */
    private record ListPartition(Cql insert, String name, int slot) {}

    /** Entries to insert, grouped by partition: a batch holds rows of one partition only. */
    static final class NewEntries {
        private final Map<ListPartition, List<SensorId>> byPartition = new LinkedHashMap<>();

        void addToType(SensorType type, SensorId id) {
            add(Cql.LIST_BY_TYPE, type.name(), id);
        }

        /** Adds nothing if there is no site. */
        void addToSite(@Nullable String site, SensorId id) {
            if (site != null) {
                add(Cql.LIST_BY_SITE, site, id);
            }
        }

        private void add(Cql insert, String name, SensorId id) {
            byPartition
                    .computeIfAbsent(new ListPartition(insert, name, slotOf(id)), first -> new ArrayList<>())
                    .add(id);
        }
    }

    @Inject
    SensorListEntries(Database database) {
        this.database = database;
    }

    static int slotOf(SensorId id) {
        return Math.floorMod(Layout.hash(id.value()), SLOTS);
    }

    /** Inserts entries. Completes when all of them are durable. */
    Uni<Void> insert(NewEntries entries) {
        return Multi.createFrom()
                .iterable(entries.byPartition.entrySet())
                .plug(Concatenation.streams(entry -> Multi.createFrom()
                        .iterable(entry.getValue())
                        .group()
                        .intoLists()
                        .of(ENTRIES_PER_BATCH)
                        .map(ids -> Map.entry(entry.getKey(), ids))))
                .onItem()
                .transformToUni(
                        batch -> database.run(statements -> batch(statements, batch.getKey(), batch.getValue())))
                .merge(CONCURRENT_BATCHES)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private BatchStatement batch(Statements statements, ListPartition partition, List<SensorId> ids) {
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write");
        for (SensorId id : ids) {
            batch.addStatement(statements
                    .get(partition.insert())
                    .boundStatementBuilder()
                    .setString(0, partition.name())
                    .setInt(1, partition.slot())
                    .setString(2, id.value())
                    .build());
        }
        return batch.build();
    }

    /** Inserts one entry into the list of a site. Completes when it is durable. */
    Uni<Void> insert(String site, SensorId id) {
        return database.run(statements -> statements
                        .get(Cql.LIST_BY_SITE)
                        .boundStatementBuilder()
                        .setString(0, site)
                        .setInt(1, slotOf(id))
                        .setString(2, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /**
     * Deletes a sensor's entry from the list of a site, unless the entry was written in the last hour.
     *
     * @param nowMillis the time before the read that found the sensor at another site
     */
    Uni<Void> delete(String site, SensorId id, long nowMillis) {
        return database.run(statements -> statements
                        .get(Cql.UNLIST_FROM_SITE)
                        .boundStatementBuilder()
                        .setLong(0, (nowMillis - MOVE_COMPLETE_AFTER.toMillis()) * 1_000)
                        .setString(1, site)
                        .setInt(2, slotOf(id))
                        .setString(3, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
