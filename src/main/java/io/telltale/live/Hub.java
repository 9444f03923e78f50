package io.telltale.live;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.Startup;
import io.telltale.live.LiveEvent.Gap;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands each reading that the tail brings to those who watch for it. A reading is encoded once; all share the bytes.
 * Those who watch single sensors are found by the sensor's id, whatever their number.
 */
@Startup
@Singleton
class Hub {

    private static final int TYPICAL_EVENT_BYTES = 192;
    private static final ReadingEncoder ENCODER = new ReadingEncoder();

    private final Map<SensorId, Set<Subscriber>> bySensor = new ConcurrentHashMap<>();
    private final Set<Subscriber> others = ConcurrentHashMap.newKeySet();
    private final Set<Subscriber> all = ConcurrentHashMap.newKeySet();
    private final AtomicLong arrivals = new AtomicLong();
    private final Clock clock;
    private final int maxSubscribers;
    private final Map<Gap, Counter> gaps = new EnumMap<>(Gap.class);
    private final Timer kafkaToEvent;

    @Inject
    Hub(LiveConfig config, MeterRegistry registry, Clock clock) {
        this.clock = clock;
        this.maxSubscribers = Bounds.within("telltale.live.subscribers", config.subscribers(), 1, 1_000_000);
        Gauge.builder("telltale.live.subscribers", all, Set::size)
                .description("Live streams open on this replica")
                .register(registry);
        for (Gap gap : Gap.values()) {
            gaps.put(
                    gap,
                    Counter.builder("telltale.live.gaps")
                            .description("Times that a subscriber missed events")
                            .tag("reason", gap.reason())
                            .register(registry));
        }
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

    /** Counts that a subscriber was told of a gap. */
    void missed(Gap gap) {
        Objects.requireNonNull(gaps.get(gap)).increment();
    }

    /** How many have come: what was not wanted before may be by now. */
    long arrivals() {
        return arrivals.get();
    }

    void add(Subscriber subscriber) {
        all.add(subscriber);
        Set<SensorId> sensorIds = subscriber.feed().watched().sensorIds();
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
        arrivals.incrementAndGet();
    }

    void remove(Subscriber subscriber) {
        all.remove(subscriber);
        others.remove(subscriber);
        for (SensorId sensorId : subscriber.feed().watched().sensorIds()) {
            bySensor.computeIfPresent(sensorId, (id, watching) -> {
                watching.remove(subscriber);
                return watching.isEmpty() ? null : watching;
            });
        }
    }

    boolean has(Subscriber subscriber) {
        return all.contains(subscriber);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Whether anybody may want readings with this key: asked before a record is decoded. */
    boolean mayWant(SensorType type, @Nullable SensorId key) {
        return key == null
                || bySensor.containsKey(key)
                || others.stream().anyMatch(subscriber -> subscriber.feed().listensTo(type));
    }

    /**
     * Hands a reading to those who watch for it.
     *
     * @param ids the id behind it, as text, for a feed; null where that would be too long
     */
    void publish(Reading reading, @Nullable String site, long recordTimeMillis, Function<Feed, @Nullable String> ids) {
        Publication publication = new Publication(ids, () -> encode(reading));
        Predicate<Feed> wants = feed -> feed.wants(reading.sensorId(), reading.type(), site);
        offer(bySensor.getOrDefault(reading.sensorId(), Set.of()), wants, publication);
        offer(others, wants, publication);
        if (publication.rest != null) {
            kafkaToEvent.record(Math.max(0, clock.millis() - recordTimeMillis), TimeUnit.MILLISECONDS);
        }
    }

    /** Tells those who listen to a type that its topic was made anew. */
    void remade(SensorType type, Function<Feed, @Nullable String> ids) {
        Predicate<Feed> listens = feed -> feed.listensTo(type);
        all.stream()
                .filter(subscriber -> subscriber.isListening() && listens.test(subscriber.feed()))
                .forEach(subscriber -> missed(Gap.TOPIC_REMADE));
        offer(all, listens, new Publication(ids, Gap.TOPIC_REMADE::rest));
    }

    /** One event for all: what it says is made once, its id once for all subscribers with equal feeds. */
    private static final class Publication {
        private final Function<Feed, @Nullable String> ids;
        private final Supplier<byte[]> encoding;
        private final Map<Feed, LiveEvent> made = new HashMap<>(2);
        private byte @Nullable [] rest;

        Publication(Function<Feed, @Nullable String> ids, Supplier<byte[]> encoding) {
            this.ids = ids;
            this.encoding = encoding;
        }

        @Nullable
        LiveEvent in(Feed feed) {
            return made.computeIfAbsent(feed, any -> {
                String id = ids.apply(feed);
                return id == null ? null : new LiveEvent(LiveEvent.idLine(id), rest());
            });
        }

        private byte[] rest() {
            byte[] bytes = rest;
            if (bytes == null) {
                bytes = encoding.get();
                rest = bytes;
            }
            return bytes;
        }
    }

    private void offer(Collection<Subscriber> watching, Predicate<Feed> wants, Publication publication) {
        for (Subscriber subscriber : watching) {
            if (subscriber.isListening() && wants.test(subscriber.feed())) {
                LiveEvent event = publication.in(subscriber.feed());
                if (event == null) {
                    dismiss(subscriber);
                } else {
                    subscriber.offer(event);
                }
            }
        }
    }

    /** Ends a stream that cannot go on; its client connects again, and is told why if it still cannot be. */
    void dismiss(Subscriber subscriber) {
        remove(subscriber);
        subscriber.goodbye();
    }

    /** The event of a reading, behind its id. */
    static byte[] encode(Reading reading) {
        EncodedBytes bytes = new EncodedBytes(TYPICAL_EVENT_BYTES);
        bytes.ascii("data: ");
        ENCODER.event(reading, bytes);
        bytes.ascii("\n\n");
        return bytes.toByteArray();
    }

    /** @param ids where the tail is, as text, for a feed; null where that would be too long */
    void heartbeat(Function<Feed, @Nullable String> ids) {
        Publication heartbeat = new Publication(ids, () -> new byte[0]);
        for (Subscriber subscriber : all) {
            LiveEvent event = heartbeat.in(subscriber.feed());
            if (event == null) {
                dismiss(subscriber);
            } else {
                subscriber.heartbeat(event.id());
            }
        }
    }

    /**
     * After ingest is drained and the service said that it is not ready: whoever connects again finds another. By the time of
     * {@code ShutdownEvent} connections are closed.
     */
    void goodbye(@Observes @Priority(3_000) ShutdownDelayInitiatedEvent shutdown) {
        List.copyOf(all).forEach(Subscriber::goodbye);
    }
}
