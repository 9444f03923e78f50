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
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Hands each reading that the tail brings to those who watch for it. A reading is encoded once; all share the bytes. */
@Startup
@Singleton
class Hub {

    private final SubscriptionIndex subscriptions = new SubscriptionIndex();
    private final AtomicLong arrivals = new AtomicLong();
    private final AtomicInteger latestSubscribers = new AtomicInteger();
    private final NewestTimestamps newestTimestamps;
    private final Clock clock;
    private final Map<Gap, Counter> gaps = new EnumMap<>(Gap.class);
    private final Timer kafkaToEvent;
    private final Function<Reading, byte[]> encoder;
    private volatile boolean isStopping;

    @Inject
    Hub(NewestTimestamps newestTimestamps, MeterRegistry registry, Clock clock) {
        this(newestTimestamps, registry, clock, LiveEvent::body);
    }

    /** @param encoder writes what follows the id line of an event */
    Hub(NewestTimestamps newestTimestamps, MeterRegistry registry, Clock clock, Function<Reading, byte[]> encoder) {
        this.newestTimestamps = newestTimestamps;
        this.clock = clock;
        this.encoder = encoder;
        Gauge.builder("telltale.live.subscribers", subscriptions.all(), Set::size)
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

    void count(Gap gap) {
        Objects.requireNonNull(gaps.get(gap)).increment();
    }

    /** How many have come: what was not wanted before may be by now. */
    long arrivals() {
        return arrivals.get();
    }

    void add(Subscriber subscriber) {
        subscriptions.add(subscriber);
        if (subscriber.mode() == Mode.LATEST) {
            latestSubscribers.incrementAndGet();
        }
        arrivals.incrementAndGet();
    }

    void remove(Subscriber subscriber) {
        if (!subscriptions.remove(subscriber)) {
            return;
        }
        if (subscriber.mode() == Mode.LATEST) {
            latestSubscribers.decrementAndGet();
        }
        subscriber.leave();
    }

    boolean has(Subscriber subscriber) {
        return subscriptions.all().contains(subscriber);
    }

    boolean isEmpty() {
        return subscriptions.all().isEmpty();
    }

    boolean hasSubscribersOf(SensorType type) {
        return subscriptions.all().stream().anyMatch(subscriber -> subscriber.subscription().includes(type));
    }

    /** Whether somebody listens to all topics there are and will be. */
    boolean hasSubscribersOfAllTopics() {
        return subscriptions.all().stream()
                .anyMatch(subscriber -> subscriber.subscription().types().isEmpty());
    }

    /** Whether anybody may want readings with this key: asked before a record is decoded. */
    boolean mayMatch(SensorType type, @Nullable SensorId key) {
        return subscriptions.mayMatch(type, key);
    }

    /**
     * Hands a reading to those who watch for it.
     *
     * @param ids the id behind it, as text, for a subscription; null where that would be too long
     */
    void publish(
            Reading reading,
            @Nullable String site,
            long recordTimeMillis,
            Function<Subscription, @Nullable String> ids) {
        boolean isLate =
                latestSubscribers.get() > 0 && !newestTimestamps.advance(reading.sensorId(), reading.timestampMillis());
        Publication publication = new Publication(reading, ids, encoder);
        subscriptions.forEach(reading, site, subscriber -> {
            if (subscriber.isReceiving() && !(isLate && subscriber.mode() == Mode.LATEST)) {
                offer(subscriber, publication.in(subscriber.subscription()));
            }
        });
        if (publication.isWanted()) {
            kafkaToEvent.record(Math.max(0, clock.millis() - recordTimeMillis), TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Takes note of a reading that a subscriber is given for itself; whether it is to be given, which a late one is not to
     * those who want the newest.
     */
    boolean admit(Subscriber subscriber, Reading reading) {
        return subscriber.mode() == Mode.EVERY || newestTimestamps.advance(reading.sensorId(), reading.timestampMillis());
    }

    private void offer(Subscriber subscriber, @Nullable LiveEvent event) {
        if (event == null) {
            dismiss(subscriber);
        } else {
            subscriber.offer(event);
        }
    }

    /** One reading for all: its data is made once, its id once for all subscribers with equal feeds. */
    private static final class Publication {
        private final Reading reading;
        private final Function<Subscription, @Nullable String> ids;
        private final Function<Reading, byte[]> encoder;
        private final Map<Subscription, LiveEvent> made = new HashMap<>(2);
        private byte @Nullable [] rest;

        Publication(Reading reading, Function<Subscription, @Nullable String> ids, Function<Reading, byte[]> encoder) {
            this.reading = reading;
            this.ids = ids;
            this.encoder = encoder;
        }

        @Nullable
        LiveEvent in(Subscription subscription) {
            return made.computeIfAbsent(subscription, any -> {
                String id = ids.apply(subscription);
                return id == null ? null : LiveEvent.of(LiveEvent.idLine(id), reading, rest());
            });
        }

        private byte[] rest() {
            byte[] bytes = rest;
            if (bytes == null) {
                bytes = encoder.apply(reading);
                rest = bytes;
            }
            return bytes;
        }

        boolean isWanted() {
            return rest != null;
        }
    }

    /** Tells those who listen to a type that its topic was made anew. */
    void reportRecreated(SensorType type, Function<Subscription, @Nullable String> ids) {
        for (Subscriber subscriber : subscriptions.all()) {
            if (subscriber.isReceiving() && subscriber.subscription().includes(type)) {
                String id = ids.apply(subscriber.subscription());
                offer(subscriber, id == null ? null : LiveEvent.gap(LiveEvent.idLine(id), Gap.TOPIC_RECREATED));
                count(Gap.TOPIC_RECREATED);
            }
        }
    }

    /** Ends a stream that cannot go on; its client connects again, and is told why if it still cannot be. */
    void dismiss(Subscriber subscriber) {
        remove(subscriber);
        subscriber.goodbye();
    }

    /** @param ids where the tail is, as text, for a subscription; null where that would be too long */
    void heartbeat(Function<Subscription, @Nullable String> ids) {
        Map<Subscription, byte[]> lines = new HashMap<>();
        for (Subscriber subscriber : subscriptions.all()) {
            byte[] line = lines.computeIfAbsent(subscriber.subscription(), subscription -> {
                String id = ids.apply(subscription);
                return id == null ? null : LiveEvent.idLine(id);
            });
            if (line == null) {
                dismiss(subscriber);
            } else if (!subscriber.heartbeat(line)) {
                remove(subscriber);
                subscriber.abort();
            }
        }
    }

    /** Whether all were told goodbye: who comes now would be cut without a word. */
    boolean isStopping() {
        return isStopping;
    }

    void goodbye(@Observes @Priority(3_000) ShutdownDelayInitiatedEvent shutdown) {
        isStopping = true;
        List.copyOf(subscriptions.all()).forEach(Subscriber::goodbye);
    }
}
