package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.live.LiveDecoder.LiveReading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Looks up the sensors of one catch-up whose readings its caller may see only at some sites. The claim of a record decides
 * for sensors that are not registered yet. While Cassandra does not answer, the catch-up waits: it must not guess.
 * Thread-safe.
 */
final class SiteLookups {

    private static final Logger log = Logger.getLogger(SiteLookups.class);

    /** The most that one catch-up looks up concurrently. */
    static final int MAX_PENDING = 32;

    private final Function<SensorId, Uni<Optional<Sensor>>> sensors;

    private final Set<SensorId> pending = ConcurrentHashMap.newKeySet();
    private final Set<SensorId> unregistered = ConcurrentHashMap.newKeySet();

    /** @param sensors finds a sensor and caches it */
    SiteLookups(Function<SensorId, Uni<Optional<Sensor>>> sensors) {
        this.sensors = sensors;
    }

    /**
     * Whether the site of a reading is known. If not, its sensor is looked up, so that its record can be decoded again later.
     */
    boolean isKnown(LiveReading reading) {
        SensorId id = reading.reading().sensorId();
        if (reading.isSiteCertain() || unregistered.contains(id)) {
            return true;
        }
        if (pending.size() < MAX_PENDING && pending.add(id)) {
            sensors.apply(id)
                    .onTermination()
                    .invoke(() -> pending.remove(id))
                    .subscribe()
                    .with(
                            found -> {
                                if (found.isEmpty()) {
                                    unregistered.add(id);
                                }
                            },
                            failure -> log.debugf("A sensor could not be looked up: sensor=%s %s", id, failure));
        }
        return false;
    }

    /** Forgets the sensors that are not registered: they may be, meanwhile. */
    void forgetUnregistered() {
        unregistered.clear();
    }
}
