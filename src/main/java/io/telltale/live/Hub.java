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
import java.util.ArrayList;
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

/**
 * Delivers each reading of the tail to the subscribers whose filters match. A reading is encoded once for all of them.
 */
@Startup
@Singleton
class Hub {

    private final SubscriptionIndex subscriptions = new SubscriptionIndex();
    private final AtomicLong arrivals = new AtomicLong();
    private final AtomicInteger latestSubscribers = new AtomicInteger();

    /** The number of subscribers for whom the site of a sensor decides whether it exists. */
    private final AtomicInteger siteScopes = new AtomicInteger();

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

    /** @param encoder encodes an event without its id line */
    Hub(NewestTimestamps newestTimestamps, MeterRegistry registry, Clock clock, Function<Reading, byte[]> encoder) {
        this.newestTimestamps = newestTimestamps;
        this.clock = clock;
        this.encoder = encoder;
        Gauge.builder("telltale.live.subscribers", subscriptions.all(), Set::size)
                .description("Open live streams of this replica")
                .register(registry);
        for (Gap gap : Gap.values()) {
            gaps.put(
                    gap,
                    Counter.builder("telltale.live.gaps")
                            .description("Gaps sent to subscribers that missed events")
                            .tag("reason", gap.reason())
                            .register(registry));
        }
        this.kafkaToEvent = Timer.builder("telltale.kafka.to.event")
                .description("Time from the record time to the delivery of the event to its subscribers")
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

    /** The number of subscribers that have arrived so far. A change means that more records may match. */
    long arrivals() {
        return arrivals.get();
    }

    void add(Subscriber subscriber) {
        subscriptions.add(subscriber);
        if (subscriber.mode() == Mode.LATEST) {
            latestSubscribers.incrementAndGet();
        }
        if (subscriber.subscription().filter().scope().hasSites()) {
            siteScopes.incrementAndGet();
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
        if (subscriber.subscription().filter().scope().hasSites()) {
            siteScopes.decrementAndGet();
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
        return subscriptions.all().stream()
                .anyMatch(subscriber -> subscriber.subscription().includes(type));
    }

    /** Whether a subscriber includes all topics, future ones too. */
    boolean hasSubscribersOfAllTopics() {
        return subscriptions.all().stream()
                .anyMatch(subscriber -> subscriber.subscription().types().isEmpty());
    }

    /** Whether a record may have readings for a subscriber. Tested before decoding; without a key, true. */
    boolean mayMatch(SensorType type, @Nullable SensorId key) {
        return subscriptions.mayMatch(type, key);
    }

    /**
     * Delivers a reading to its subscribers.
     *
     * @param ids the id of the event as text, by subscription; null if it would be too long
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
                offer(subscriber, publication.event(subscriber.subscription()));
            }
        });
        if (publication.isDelivered()) {
            kafkaToEvent.record(Math.max(0, clock.millis() - recordTimeMillis), TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Decides whether to send a reading that was read for one subscriber: not if it is late and the mode is {@code
     * latest}. Records its event time.
     */
    boolean admit(Subscriber subscriber, Reading reading) {
        return subscriber.mode() == Mode.EVERY
                || newestTimestamps.advance(reading.sensorId(), reading.timestampMillis());
    }

    private void offer(Subscriber subscriber, @Nullable LiveEvent event) {
        if (event == null) {
            dismiss(subscriber, Goodbye.INTERRUPTED);
        } else {
            subscriber.offer(event);
        }
    }

    /** Encodes the events of one reading: its body once, its id once per distinct subscription. */
    private static final class Publication {
        private final Reading reading;
        private final Function<Subscription, @Nullable String> ids;
        private final Function<Reading, byte[]> encoder;
        private final Map<Subscription, LiveEvent> events = new HashMap<>(2);
        private byte @Nullable [] body;

        Publication(Reading reading, Function<Subscription, @Nullable String> ids, Function<Reading, byte[]> encoder) {
            this.reading = reading;
            this.ids = ids;
            this.encoder = encoder;
        }

        @Nullable
        LiveEvent event(Subscription subscription) {
            return events.computeIfAbsent(subscription, any -> {
                String id = ids.apply(subscription);
                return id == null ? null : LiveEvent.of(LiveEvent.idLine(id), reading, body());
            });
        }

        private byte[] body() {
            byte[] bytes = body;
            if (bytes == null) {
                bytes = encoder.apply(reading);
                body = bytes;
            }
            return bytes;
        }

        boolean isDelivered() {
            return body != null;
        }
    }

    /**
     * Stops the delivery of the tail's events to the subscribers of a type, because the tail skips some.
     *
     * @param received records that the live subscribers have received, and would receive again
     * @return those that have to catch up from the position of the tail
     */
    List<Subscriber> suspend(SensorType type, UnverifiedRecords.Snapshot received) {
        return subscriptions.all().stream()
                .filter(subscriber -> subscriber.subscription().includes(type))
                .filter(subscriber -> subscriber.suspend(received))
                .toList();
    }

    /**
     * Stops the delivery of the tail's events to subscribers that may see a reading only if its record claims the right
     * site: the catch-up looks up the sensor first.
     *
     * @return those that have to catch up from before the record
     */
    List<Subscriber> suspendForSite(Reading reading, @Nullable String claimedSite) {
        if (siteScopes.get() == 0) {
            return List.of();
        }
        List<Subscriber> suspended = new ArrayList<>();
        subscriptions.forEach(reading, claimedSite, subscriber -> {
            if (subscriber.subscription().filter().scope().hasSites()
                    && subscriber.suspend(UnverifiedRecords.Snapshot.EMPTY)) {
                suspended.add(subscriber);
            }
        });
        return suspended;
    }

    /** Ends a stream. */
    void dismiss(Subscriber subscriber, Goodbye reason) {
        remove(subscriber);
        subscriber.goodbye(reason);
    }

    /**
     * Sends a heartbeat to each subscriber, and aborts the connections of clients that read nothing.
     *
     * @param ids the position of the tail as text, by subscription; null if it would be too long
     */
    void heartbeat(Function<Subscription, @Nullable String> ids) {
        Map<Subscription, byte[]> lines = new HashMap<>();
        for (Subscriber subscriber : subscriptions.all()) {
            byte[] line = lines.computeIfAbsent(subscriber.subscription(), subscription -> {
                String id = ids.apply(subscription);
                return id == null ? null : LiveEvent.idLine(id);
            });
            if (line == null) {
                dismiss(subscriber, Goodbye.INTERRUPTED);
            } else if (!subscriber.heartbeat(line)) {
                remove(subscriber);
                subscriber.abort();
            }
        }
    }

    /** Whether the subscribers have received {@code goodbye}. A new one would be cut off without it. */
    boolean isStopping() {
        return isStopping;
    }

    void goodbye(@Observes @Priority(3_000) ShutdownDelayInitiatedEvent shutdown) {
        isStopping = true;
        List.copyOf(subscriptions.all()).forEach(subscriber -> subscriber.goodbye(Goodbye.SHUTDOWN));
    }
}
