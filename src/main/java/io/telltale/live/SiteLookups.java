package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.live.LiveDecoder.LiveReading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the sensors of one catch-up whose readings its caller may see only at some sites. Keeps what it found,
 * because a sensor is not cached for a minute after a shredding. The claim of a record decides for sensors that are not
 * registered yet. While Cassandra does not answer, the catch-up waits: it must not guess. Thread-safe.
 */
final class SiteLookups {

    private static final Logger log = Logger.getLogger(SiteLookups.class);

    /** The most that one catch-up looks up concurrently. */
    static final int MAX_PENDING = 32;

    private final Function<SensorId, Uni<Optional<Sensor>>> sensors;

    private final Set<SensorId> pending = ConcurrentHashMap.newKeySet();
    private final Map<SensorId, Optional<Sensor>> found = new ConcurrentHashMap<>();

    /** @param sensors reads a sensor */
    SiteLookups(Function<SensorId, Uni<Optional<Sensor>>> sensors) {
        this.sensors = sensors;
    }

    /**
     * Whether the site of a reading is known. If not, its sensor is looked up, so that its record can be decoded again
     * later.
     */
    boolean isKnown(LiveReading reading) {
        SensorId id = reading.reading().sensorId();
        if (reading.isSiteCertain() || found.containsKey(id)) {
            return true;
        }
        if (pending.size() < MAX_PENDING && pending.add(id)) {
            sensors.apply(id)
                    .onTermination()
                    .invoke(() -> pending.remove(id))
                    .subscribe()
                    .with(
                            sensor -> found.put(id, sensor),
                            failure -> log.debugf("A sensor could not be looked up: sensor=%s %s", id, failure));
        }
        return false;
    }

    /** A registered sensor that was looked up; null if it was not, or is not registered. */
    @Nullable
    Sensor found(SensorId id) {
        return found.getOrDefault(id, Optional.empty()).orElse(null);
    }

    /** Forgets what was found: it may have changed meanwhile. */
    void forget() {
        found.clear();
    }
}
