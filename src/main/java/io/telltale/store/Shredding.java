package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Shreds sensors: destroys their data keys, deletes their readings, and removes their metadata. It is a stored fact,
 * like other deletions: records up to the time of the shredding are dropped by ingest, and hidden from reads.
 *
 * <p>That time is some seconds ahead. First every replica must apply the shredding, so that none stores a record for
 * the sensor, registers it again, or seals with its keys. Only then are keys and metadata removed. A record after the
 * response has a later record time on every replica, and registers a new sensor.
 */
@Singleton
public class Shredding {

    private static final Logger log = Logger.getLogger(Shredding.class);

    /**
     * How far ahead the time of a shredding is at first. What is not removed by then is shredded again, further ahead.
     */
    private static final long FIRST_LEAD_MILLIS = Duration.ofSeconds(12).toMillis();

    /** Longer than the last read of a cache that is as old as it may be. */
    private static final Duration KNOWN_EVERYWHERE = DeletionLog.MAX_AGE.plusMillis(200);

    private final DeletionLog deletions;
    private final DeletionSweep sweep;
    private final SensorKeys keys;
    private final SensorTable table;
    private final SensorListEntries entries;
    private final SensorChanges changes;
    private final Clock clock;

    @Inject
    Shredding(
            DeletionLog deletions,
            DeletionSweep sweep,
            SensorKeys keys,
            SensorTable table,
            SensorListEntries entries,
            SensorChanges changes,
            Clock clock) {
        this.deletions = deletions;
        this.sweep = sweep;
        this.keys = keys;
        this.table = table;
        this.entries = entries;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * Shreds a sensor. Completes after some twelve seconds, when its keys are destroyed and its metadata is gone.
     * Idempotent: if it fails halfway, the readings may be hidden already, and the next call removes the rest.
     *
     * @return fails with {@link TooManyDeletionsException} at the maximum number of deletions, and with
     *     {@link StoreUnavailableException} if something may not be removed
     */
    public Uni<Void> shred(Sensor sensor) {
        return shred(sensor, FIRST_LEAD_MILLIS);
    }

    private Uni<Void> shred(Sensor sensor, long leadMillis) {
        return Uni.createFrom().deferred(() -> {
            Deletion fact = Deletion.shredding(sensor.id(), sensor.type(), clock.millis() + leadMillis);
            return deletions
                    .add(fact)
                    .invoke(() -> sweepInBackground(fact, sensor))
                    .onItem()
                    .delayIt()
                    .by(KNOWN_EVERYWHERE)
                    .chain(() -> remove(sensor, fact))
                    .chain(() -> {
                        long leftMillis = fact.deletedAtMillis() - clock.millis();
                        return leftMillis < 0
                                ? shred(sensor, 2 * leadMillis)
                                : Uni.createFrom().voidItem().onItem().delayIt().by(Duration.ofMillis(leftMillis + 1));
                    });
        });
    }

    /** In this order, so that a sensor whose removal failed is still found and can be shredded again. */
    private Uni<Void> remove(Sensor sensor, Deletion fact) {
        SensorId id = sensor.id();
        return keys.destroy(id)
                .chain(() -> changes.add(id))
                .chain(() -> entries.remove(SensorList.of(sensor), id, clock.millis()))
                .chain(() -> table.remove(id, fact.deletedAtMillis()));
    }

    /** The sweep of a later minute does the rest. */
    private void sweepInBackground(Deletion fact, Sensor sensor) {
        sweep.sweep(fact, sensor)
                .subscribe()
                .with(done -> {}, failure -> log.debugf("Sweep of %s failed and is retried later: %s", fact, failure));
    }
}
