package io.telltale.live;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownEvent;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands each reading that the tail brings to those who watch for it. A reading is encoded once; all share the bytes.
 * Those who watch single sensors are found by the sensor's id, whatever their number.
 */
@Singleton
class Hub {

    private static final int TYPICAL_EVENT_BYTES = 192;

    private final Map<SensorId, Set<Subscriber>> bySensor = new ConcurrentHashMap<>();
    private final Set<Subscriber> others = ConcurrentHashMap.newKeySet();
    private final Set<Subscriber> all = ConcurrentHashMap.newKeySet();
    private final ReadingEncoder encoder = new ReadingEncoder();
    private final Clock clock;
    private final int maxSubscribers;
    private final Counter slowClientGaps;
    private final Timer kafkaToEvent;

    @Inject
    Hub(LiveConfig config, MeterRegistry registry, Clock clock) {
        this.clock = clock;
        this.maxSubscribers = Bounds.within("telltale.live.subscribers", config.subscribers(), 1, 1_000_000);
        Gauge.builder("telltale.live.subscribers", all, Set::size)
                .description("Live streams open on this replica")
                .register(registry);
        this.slowClientGaps = Counter.builder("telltale.live.gaps")
                .description("Times that a subscriber missed events")
                .tag("reason", "slow-client")
                .register(registry);
        this.kafkaToEvent = Timer.builder("telltale.kafka.to.event")
                .description("From the record time to the event being handed to its subscribers")
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(20),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(200),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30))
                .register(registry);
    }

    /** Whether one more may watch. */
    boolean hasRoom() {
        return all.size() < maxSubscribers;
    }

    int maxSubscribers() {
        return maxSubscribers;
    }

    Counter slowClientGaps() {
        return slowClientGaps;
    }

    void add(Subscriber subscriber) {
        all.add(subscriber);
        Set<SensorId> sensorIds = subscriber.watched().sensorIds();
        if (sensorIds.isEmpty()) {
            others.add(subscriber);
        }
        for (SensorId sensorId : sensorIds) {
            bySensor.compute(sensorId, (id, watching) -> {
                Set<Subscriber> set = watching == null ? ConcurrentHashMap.newKeySet() : watching;
                set.add(subscriber);
                return set;
            });
        }
    }

    void remove(Subscriber subscriber) {
        all.remove(subscriber);
        others.remove(subscriber);
        for (SensorId sensorId : subscriber.watched().sensorIds()) {
            bySensor.computeIfPresent(sensorId, (id, watching) -> {
                watching.remove(subscriber);
                return watching.isEmpty() ? null : watching;
            });
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Whether anybody may want readings with this key: asked before a record is decoded. */
    boolean mayWant(SensorType type, @Nullable SensorId key) {
        return key == null
                || bySensor.containsKey(key)
                || others.stream().anyMatch(subscriber -> {
                    SensorType wanted = subscriber.watched().type();
                    return wanted == null || wanted.equals(type);
                });
    }

    /** Hands a reading to those who watch for it. */
    void publish(Reading reading, @Nullable String site, long recordTimeMillis) {
        byte[] event = offer(bySensor.getOrDefault(reading.sensorId(), Set.of()), reading, site, null);
        event = offer(others, reading, site, event);
        if (event != null) {
            kafkaToEvent.record(Math.max(0, clock.millis() - recordTimeMillis), TimeUnit.MILLISECONDS);
        }
    }

    private byte @Nullable [] offer(
            Collection<Subscriber> watching, Reading reading, @Nullable String site, byte @Nullable [] encoded) {
        byte[] event = encoded;
        for (Subscriber subscriber : watching) {
            if (subscriber.watched().wants(reading.sensorId(), reading.type(), site)) {
                if (event == null) {
                    event = encode(reading);
                }
                subscriber.offer(event);
            }
        }
        return event;
    }

    private byte[] encode(Reading reading) {
        EncodedBytes bytes = new EncodedBytes(TYPICAL_EVENT_BYTES);
        bytes.ascii("data: ");
        encoder.event(reading, bytes);
        bytes.ascii("\n\n");
        return bytes.toByteArray();
    }

    void heartbeat() {
        all.forEach(Subscriber::heartbeat);
    }

    void goodbye(@Observes ShutdownEvent shutdown) {
        List.copyOf(all).forEach(Subscriber::goodbye);
    }
}
