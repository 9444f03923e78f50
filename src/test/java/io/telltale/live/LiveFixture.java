package io.telltale.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.sensors.Description;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The live tail over a {@link KafkaLog}, run step by step on the test thread: a step of the script runs when the tail
 * polls. What a step sends is delivered before the next step begins. After the last step all clients leave, and the
 * tail ends.
 */
final class LiveFixture {

    static final SensorType BOILERS = new SensorType("boilers");
    static final SensorType DOORS = new SensorType("doors");

    /** More polls than any script needs: a tail that does not end is a failure, not a test that hangs. */
    private static final int MAX_POLLS = 500;

    private static final int MAX_RUNS = 100;

    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private final KafkaLog kafka = new KafkaLog(clock);
    private final LogTopics topics = new LogTopics(kafka);
    private final FakeTimers timers = new FakeTimers();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Hub hub = new Hub(new NewestTimestamps(), meters, clock);
    private final HookedDecoder decoder = new HookedDecoder();
    private final TailPosition position = new TailPosition(hub, decoder, clock);
    private final FakeReplaySource store = new FakeReplaySource(kafka);
    private final Queue<Runnable> tailRuns = new ArrayDeque<>();
    private final Queue<Runnable> catchUpRuns = new ArrayDeque<>();
    private final List<LogConsumer> tailConsumers = new ArrayList<>();
    private final List<LogConsumer> catchUpConsumers = new ArrayList<>();
    private final Queue<Runnable> script = new ArrayDeque<>();
    private final Queue<Runnable> catchUpPolls = new ArrayDeque<>();
    private final List<StreamClient> clients = new ArrayList<>();
    private final Tail tail;
    private final CatchUpScheduler catchUpScheduler;
    private final ReplayService replayService;
    private final CreatedTopics createdTopics;
    private final ManualClock progressClock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private boolean isProgressAwaited;
    private int maxRecords = 100;
    private int polls;
    private @Nullable Throwable failure;

    /** Records whose decoding can be interrupted by something else. */
    static final class HookedDecoder extends LiveDecoder {
        private @Nullable Runnable afterNext;
        private @Nullable String brokenKey;

        private final Map<SensorId, Sensor> cached = new HashMap<>();
        private final Map<SensorId, Sensor> registered = new HashMap<>();
        private final Set<SensorId> outdated = new HashSet<>();
        private boolean isStoreAvailable = true;
        private boolean isCaching = true;
        private Deleted deleted = (reading, recordTimeMillis) -> false;

        HookedDecoder() {
            this(new AtomicReference<>());
        }

        @SuppressWarnings("NullAway") // It does not read the type argument of a lambda's result.
        private HookedDecoder(AtomicReference<HookedDecoder> self) {
            super(
                    id -> self.get().cached.get(id),
                    id -> self.get().outdated.contains(id),
                    id -> self.get().lookUp(id),
                    (reading, recordTimeMillis) -> self.get().deleted.covers(reading, recordTimeMillis),
                    () -> true);
            self.set(this);
        }

        /** Registers a sensor that a person has moved to a site, and that is not cached. */
        void register(String id, SensorType type, String site) {
            SensorId sensorId = new SensorId(id);
            registered.put(
                    sensorId,
                    new Sensor(
                            sensorId,
                            type,
                            Description.NONE,
                            new SensorMetadata(Description.of(null, site), null, Map.of(), null)));
        }

        /** Caches a sensor with the site that its readings reported long ago. */
        void cacheLongAgo(String id, SensorType type, String site) {
            SensorId sensorId = new SensorId(id);
            cached.put(sensorId, new Sensor(sensorId, type, Description.of(null, site)));
            outdated.add(sensorId);
        }

        /** From now on these readings are deleted. */
        void delete(Deleted readings) {
            deleted = readings;
        }

        void setStoreAvailable(boolean isAvailable) {
            isStoreAvailable = isAvailable;
        }

        /** Caches no sensor from now on, as of sensors that were shredded lately. */
        void stopCaching() {
            isCaching = false;
        }

        private Uni<Optional<Sensor>> lookUp(SensorId id) {
            if (!isStoreAvailable) {
                return Uni.createFrom().failure(new IllegalStateException("the store is unavailable"));
            }
            Sensor found = registered.get(id);
            if (found != null && isCaching) {
                outdated.remove(id);
                cached.put(id, found);
            }
            return Uni.createFrom().item(Optional.ofNullable(found));
        }

        /** Runs once, when the next record has been decoded. */
        void afterNext(Runnable task) {
            afterNext = task;
        }

        /** Fails at each record with this key; null for none. */
        void breakAt(@Nullable String key) {
            brokenKey = key;
        }

        @Override
        @SuppressWarnings("NullAway") // It does not see in a class file that the sensor may be null.
        List<LiveReading> decode(
                ConsumerRecord<byte[], byte[]> record,
                BiPredicate<SensorType, @Nullable SensorId> mayMatch,
                Function<SensorId, @Nullable Sensor> found) {
            if (brokenKey != null && brokenKey.equals(new String(record.key(), UTF_8))) {
                throw new IllegalStateException("a record that cannot be decoded");
            }
            List<LiveReading> shown = super.decode(record, mayMatch, found);
            Runnable task = afterNext;
            afterNext = null;
            if (task != null) {
                task.run();
            }
            return shown;
        }
    }

    LiveFixture() {
        this(LiveSettings.DEFAULTS);
    }

    LiveFixture(LiveSettings settings) {
        createdTopics = new CreatedTopics(store, position, clock);
        catchUpScheduler = new CatchUpScheduler(
                this::catchUpConsumer,
                catchUpRuns::add,
                Duration.ZERO,
                position,
                hub,
                decoder,
                topics,
                createdTopics,
                timers.vertx());
        tail = new Tail(
                this::tailConsumer,
                tailRuns::add,
                settings,
                new TailedTopics(
                        topics, position, hub, catchUpScheduler, new EpochAssignment(topics, store), clock, settings),
                position,
                hub,
                clock,
                timers.vertx());
        replayService = new ReplayService(
                hub,
                catchUpScheduler,
                new CutoverResolver(topics, store, position, progressClock, timers.vertx()),
                new ReplaySelection(store, settings),
                store,
                createdTopics,
                settings);
    }

    private LogConsumer tailConsumer() {
        kafka.requireAnswer();
        LogConsumer consumer = new LogConsumer(kafka, this::nextStep, maxRecords);
        tailConsumers.add(consumer);
        return consumer;
    }

    /** A consumer as catch-ups have it; each poll runs the next task of {@link #atCatchUpPoll}. */
    LogConsumer catchUpConsumer() {
        kafka.requireAnswer();
        LogConsumer consumer = new LogConsumer(
                kafka,
                () -> {
                    Runnable task = catchUpPolls.poll();
                    if (task != null) {
                        task.run();
                    }
                },
                maxRecords);
        catchUpConsumers.add(consumer);
        return consumer;
    }

    private void nextStep() {
        polls++;
        try {
            assertThat(polls).as("polls of the tail").isLessThan(MAX_POLLS);
            Runnable step = script.poll();
            if (step == null) {
                leaveAll();
                clock.move(Duration.ofHours(1));
            } else {
                step.run();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            script.clear();
            leaveAll();
            throw e;
        }
    }

    /** Runs the tail, with a step for each of its first polls. */
    void run(Runnable... steps) {
        script.addAll(List.of(steps));
        Objects.requireNonNull(tailRuns.poll(), "the tail was not started").run();
        Throwable thrown = failure;
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        assertThat(script).as("steps that did not run").isEmpty();
    }

    /** Lets each catch-up read as far as it can now. */
    void catchUp() {
        int runs = 0;
        for (Runnable run = catchUpRuns.poll(); run != null; run = catchUpRuns.poll()) {
            runs++;
            assertThat(runs).as("runs of the scheduler").isLessThan(MAX_RUNS);
            run.run();
        }
    }

    /** Lets each catch-up read, history fill the gaps with what is stored, and each catch-up read on. */
    void fillGaps() {
        catchUp();
        progressClock.move(Duration.ofHours(1));
        catchUpLater();
    }

    /** Fires the timers of catch-ups, then as {@link #catchUp()}. */
    void catchUpLater() {
        timers.fire();
        catchUp();
    }

    /** Runs at the start of a poll of a catch-up; a second task at the next poll. */
    void atCatchUpPoll(Runnable task) {
        catchUpPolls.add(task);
    }

    /** How many records a poll returns at most, of consumers that are opened later. */
    void pollAtMost(int decoder) {
        maxRecords = decoder;
    }

    /** Lets the tail discover topics after this poll. */
    void discover() {
        clock.move(LiveSettings.DISCOVERY);
    }

    static Subscription everything() {
        return Subscription.of(filter(Set.of(), null, null), Set.of());
    }

    static Subscription ofType(SensorType type) {
        return Subscription.of(filter(Set.of(), type, null), Set.of());
    }

    /** The subscription of sensors that are registered. */
    static Subscription ofSensors(Set<SensorType> types, String... sensors) {
        return Subscription.of(
                filter(Arrays.stream(sensors).map(SensorId::new).collect(Collectors.toSet()), null, null), types);
    }

    /** The subscription of a sensor that is not registered yet. */
    static Subscription ofSensor(String sensor) {
        return Subscription.of(filter(Set.of(new SensorId(sensor)), null, null), Set.of());
    }

    /** A client that is not registered with the hub. */
    StreamClient client(Subscription subscription, Mode mode) {
        return client(subscription, mode, CallerCredential.ANONYMOUS);
    }

    private StreamClient client(Subscription subscription, Mode mode, CallerCredential credential) {
        StreamClient client = new StreamClient(subscription, mode, hub, credential);
        clients.add(client);
        return client;
    }

    /** Opens a stream from now on. */
    StreamClient subscribe(Subscription subscription) {
        return subscribe(subscription, Mode.EVERY);
    }

    StreamClient subscribe(Subscription subscription, Mode mode) {
        StreamClient client = client(subscription, mode);
        whenTailed(client, () -> {
            assertThat(position.begin(client.subscriber())).isTrue();
            client.open();
        });
        return client;
    }

    /** Opens a stream behind an id. */
    StreamClient resume(Subscription subscription, String id) {
        return resume(subscription, id, Mode.EVERY);
    }

    StreamClient resume(Subscription subscription, String id, Mode mode) {
        StreamClient client = client(subscription, mode);
        whenTailed(client, () -> {
            EventId from = client.parsedId(id);
            client.subscriber().begin(LiveEvent.idLine(id), false);
            if (from.replay() == null) {
                catchUpScheduler.start(client.subscriber(), from);
            } else {
                replayService.resume(client.subscriber(), from);
            }
            client.open();
        });
        return client;
    }

    /** Opens a stream with a replay from an event time on. */
    StreamClient replay(Subscription subscription, long fromMillis) {
        return replay(subscription, fromMillis, Mode.EVERY);
    }

    StreamClient replay(Subscription subscription, long fromMillis, Mode mode) {
        return replay(subscription, fromMillis, mode, CallerCredential.ANONYMOUS);
    }

    StreamClient replay(Subscription subscription, long fromMillis, Mode mode, CallerCredential credential) {
        StreamClient client = client(subscription, mode, credential);
        whenTailed(client, () -> {
            client.cancelOnLeave(replayService
                    .begin(client.subscriber(), fromMillis)
                    .subscribe()
                    .with(begun -> client.open(), client::fail));
            if (!isProgressAwaited) {
                endWaitForProgress();
            }
        });
        return client;
    }

    /** Lets replays wait for progress until {@link #endWaitForProgress}; otherwise ingest counts as far behind. */
    void awaitProgress() {
        isProgressAwaited = true;
    }

    /** Lets the time for which replays wait for progress pass. */
    void endWaitForProgress() {
        progressClock.move(Duration.ofHours(1));
        timers.fire();
    }

    private void whenTailed(StreamClient client, Runnable action) {
        hub.add(client.subscriber());
        tail.include(client.subscription()).subscribe().with(tailed -> action.run(), client::fail);
    }

    /** Closes the connection of a client, which cancels its request. */
    void leave(StreamClient client) {
        client.cancel();
        hub.remove(client.subscriber());
    }

    private void leaveAll() {
        clients.forEach(this::leave);
    }

    double gaps(String reason) {
        return meters.get("telltale.live.gaps").tag("reason", reason).counter().count();
    }

    int tailRuns() {
        return tailRuns.size();
    }

    int catchUpRuns() {
        return catchUpRuns.size();
    }

    LogConsumer tailConsumer(int number) {
        return tailConsumers.get(number);
    }

    List<LogConsumer> catchUpConsumers() {
        return catchUpConsumers;
    }

    ManualClock clock() {
        return clock;
    }

    /** Sends records of one sensor with the values from the first to the last. */
    void send(int from, int to) {
        for (int value = from; value <= to; value++) {
            kafka.send(BOILERS, 0, "a", value);
        }
    }

    /** Their events, as clients note them. */
    static List<String> values(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(value -> "a=" + value).toList();
    }

    /** Events and lists of events as one list. */
    static List<String> sequence(Object... parts) {
        return Stream.of(parts)
                .flatMap(part -> part instanceof List<?> list ? list.stream() : Stream.of(part))
                .map(String::valueOf)
                .toList();
    }

    KafkaLog kafka() {
        return kafka;
    }

    LogTopics topics() {
        return topics;
    }

    FakeTimers timers() {
        return timers;
    }

    Hub hub() {
        return hub;
    }

    HookedDecoder decoder() {
        return decoder;
    }

    CreatedTopics createdTopics() {
        return createdTopics;
    }

    FakeReplaySource store() {
        return store;
    }

    Tail tail() {
        return tail;
    }

    TailPosition position() {
        return position;
    }

    CatchUpScheduler catchUpScheduler() {
        return catchUpScheduler;
    }

    /** A filter without labels, of a caller without restrictions. */
    static SubscriptionFilter filter(Set<SensorId> sensorIds, @Nullable SensorType type, @Nullable String site) {
        return new SubscriptionFilter(sensorIds, new SensorFilter(type, site, Map.of()), Scope.EVERYTHING);
    }
}
