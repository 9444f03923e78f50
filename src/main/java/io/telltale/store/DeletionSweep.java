package io.telltale.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.settings.Bounds;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Frees the space of what was deleted: a range tombstone in each partition that may hold some of it, with the moment of the
 * delete as its write timestamp, so that records of a later time stay. Nothing but space depends on it.
 *
 * <p>It is done at once, and once more when every replica has long heard of the deletion, for what was written in
 * between. Whichever replica finds a deletion that waits for its second time does it, so one that dies leaves nothing
 * undone; that two do the same does no harm.
 */
@Singleton
public class DeletionSweep {

    private static final Logger log = Logger.getLogger(DeletionSweep.class);
    private static final int PARTITIONS_AT_ONCE = 8;

    /** Replicas go by what they knew ten seconds ago, and a write may have been under way. */
    private static final long SETTLED_MILLIS = Duration.ofSeconds(60).toMillis();

    private final Database database;
    private final BucketIndex buckets;
    private final SensorRegistry sensors;
    private final DeletionLog deletions;
    private final Clock clock;
    private final Duration every;
    private @Nullable Cancellable ticks;

    @Inject
    DeletionSweep(
            Database database,
            BucketIndex buckets,
            SensorRegistry sensors,
            DeletionLog deletions,
            Clock clock,
            StoreConfig config) {
        this.database = database;
        this.buckets = buckets;
        this.sensors = sensors;
        this.deletions = deletions;
        this.clock = clock;
        this.every = Bounds.within(
                "telltale.storage.deletion-sweep", config.deletionSweep(), Duration.ofSeconds(1), Duration.ofHours(1));
    }

    void start(@Observes StartupEvent start) {
        ticks = Multi.createFrom()
                .ticks()
                .every(every)
                .onOverflow()
                .drop()
                .plug(Concatenation.unis(tick -> sweepSettled()
                        .onFailure()
                        .invoke(failure ->
                                log.debugf("Deletions are swept later, Cassandra does not answer: %s", failure))
                        .onFailure()
                        .recoverWithNull()))
                .subscribe()
                .with(done -> {});
    }

    void stop(@Observes ShutdownEvent stop) {
        if (ticks != null) {
            ticks.cancel();
        }
    }

    private Uni<Void> sweepSettled() {
        return deletions
                .unswept()
                .onItem()
                .transformToMulti(unswept -> Multi.createFrom().iterable(unswept))
                .filter(deletion -> deletion.deletedAtMillis() + SETTLED_MILLIS < clock.millis())
                .plug(Concatenation.unis(deletion -> sensors.find(deletion.sensorId(), Consistency.DEFAULT)
                        .chain(sensor -> sensor.isPresent()
                                ? sweep(deletion, sensor.get())
                                : Uni.createFrom().voidItem())
                        .chain(() -> deletions.swept(deletion))))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** Writes the tombstones of a deletion. To do so again changes nothing. */
    public Uni<Void> sweep(Deletion deletion, Sensor sensor) {
        return buckets.partitions(sensor, deletion.fromMillis(), deletion.toMillis(), Order.ASC, Consistency.DEFAULT)
                .onItem()
                .transformToUni(partition -> database.run(statements -> statements
                        .get(Cql.DELETE_READINGS)
                        .boundStatementBuilder()
                        .setBytesUnsafe(
                                0, CqlBytes.ofLong(ReadingStore.writeTimestampMicros(deletion.deletedAtMillis())))
                        .setString(1, partition.type().name())
                        .setInt(2, partition.shard())
                        .setBytesUnsafe(3, CqlBytes.ofLong(partition.bucketStartMillis()))
                        .setString(4, sensor.id().value())
                        .setBytesUnsafe(5, CqlBytes.ofLong(deletion.fromMillis()))
                        .setBytesUnsafe(6, CqlBytes.ofLong(deletion.toMillis()))
                        .setConsistencyLevel(database.writeLevel())
                        .setExecutionProfileName("write")
                        .build()))
                .merge(PARTITIONS_AT_ONCE)
                .collect()
                .last()
                .replaceWithVoid();
    }
}
