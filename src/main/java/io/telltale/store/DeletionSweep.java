package io.telltale.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Frees the space of deleted readings: writes a range tombstone into each partition that may hold some of them. The
 * write timestamp is the time of the deletion, so readings of later records survive. Only the space depends on it.
 *
 * <p>Each deletion is swept twice: immediately, and again after every replica applies it, for readings that were
 * written in between. Any replica may do the second sweep, so none is lost if a replica crashes. Two sweeps of the
 * same deletion are harmless.
 */
@Singleton
public class DeletionSweep {

    private static final Logger log = Logger.getLogger(DeletionSweep.class);
    private static final int CONCURRENT_PARTITIONS = 8;

    /** Replicas apply a deletion within ten seconds, and a write may have been in flight. */
    private static final long SECOND_SWEEP_MILLIS = Duration.ofSeconds(60).toMillis();

    private final Database database;
    private final BucketIndex buckets;
    private final SensorRegistry sensors;
    private final DeletionLog deletions;
    private final LateWrites lateWrites;
    private final Clock clock;
    private final Duration interval;
    private @Nullable Cancellable ticks;

    @Inject
    DeletionSweep(
            Database database,
            BucketIndex buckets,
            SensorRegistry sensors,
            DeletionLog deletions,
            LateWrites lateWrites,
            Clock clock,
            StoreConfig config) {
        this.database = database;
        this.buckets = buckets;
        this.sensors = sensors;
        this.deletions = deletions;
        this.lateWrites = lateWrites;
        this.clock = clock;
        this.interval = Bounds.within(
                "telltale.storage.deletion-sweep", config.deletionSweep(), Duration.ofSeconds(1), Duration.ofHours(1));
    }

    void start(@Observes StartupEvent start) {
        ticks = Multi.createFrom()
                .ticks()
                .every(interval)
                .onOverflow()
                .drop()
                .plug(Concatenation.unis(tick -> sweepAgain()
                        .onFailure()
                        .invoke(failure ->
                                log.debugf("Deletions were not read, next try at the next interval: %s", failure))
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

    /** One deletion that fails, for example because of its partitions, does not stop the others. */
    Uni<Void> sweepAgain() {
        return deletions
                .unswept()
                .onItem()
                .transformToMulti(unswept -> Multi.createFrom().iterable(unswept))
                .filter(deletion -> deletion.deletedAtMillis() + SECOND_SWEEP_MILLIS < clock.millis())
                .plug(Concatenation.unis(deletion -> sweepAgain(deletion)
                        .onFailure()
                        .invoke(failure -> log.debugf(
                                "Sweep of a deletion failed, next try at the next interval: %s: %s", deletion, failure))
                        .onFailure()
                        .recoverWithNull()))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> sweepAgain(Deletion deletion) {
        return sensorOf(deletion)
                .chain(sensor -> sensor.isPresent()
                        ? sweep(deletion, sensor.get())
                        : Uni.createFrom().voidItem())
                .chain(() -> deletions.markSwept(deletion));
    }

    /** A shredded sensor is no longer registered, or one of another type is. */
    private Uni<Optional<Sensor>> sensorOf(Deletion deletion) {
        SensorType shredded = deletion.shreddedType();
        return shredded == null
                ? sensors.find(deletion.sensorId(), Consistency.DEFAULT)
                : Uni.createFrom().item(Optional.of(new Sensor(deletion.sensorId(), shredded, Description.NONE)));
    }

    /** Writes the tombstones of a deletion, then marks their spans: they are packed again without these readings. */
    public Uni<Void> sweep(Deletion deletion, Sensor sensor) {
        return Uni.createFrom().deferred(() -> {
            Set<Span> spans = ConcurrentHashMap.newKeySet();
            return buckets.partitions(
                            sensor, deletion.fromMillis(), deletion.toMillis(), Order.ASC, Consistency.DEFAULT)
                    .onItem()
                    .transformToUni(partition ->
                            delete(deletion, sensor, partition).invoke(() -> spans.add(Span.of(partition))))
                    .merge(CONCURRENT_PARTITIONS)
                    .collect()
                    .last()
                    .chain(() -> mark(spans));
        });
    }

    private Uni<Void> delete(Deletion deletion, Sensor sensor, ReadingPartition partition) {
        return database.run(statements -> statements
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
                        .setConsistencyLevel(database.writeLevel(partition.type()))
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    private Uni<Void> mark(Set<Span> spans) {
        return Multi.createFrom()
                .iterable(spans)
                .onItem()
                .transformToUni(lateWrites::changed)
                .merge(CONCURRENT_PARTITIONS)
                .collect()
                .last()
                .replaceWithVoid();
    }
}
