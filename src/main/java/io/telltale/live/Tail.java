package io.telltale.live;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.kafka.ConsumerSettings;
import io.telltale.kafka.Topic;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.LiveDecoder.LiveReading;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads the topics that somebody listens to, all their partitions and without a consumer group: ingest reads only the
 * partitions that are this replica's. One tail, however many watch. A topic is read from its end when the first comes who
 * listens to it, and let go some time after the last has left; a topic or partition that is new is read from its first record.
 *
 * <p>Kafka's consumer blocks, so it has a thread of its own; nothing else runs there.
 */
@Singleton
class Tail {

    private static final Logger log = Logger.getLogger(Tail.class);
    /** It is taken up again at once, and may break down again for as long as an outage lasts. */
    private static final RateLimitedLog BROKE_DOWN = new RateLimitedLog(log, Logger.Level.WARN);

    private static final RateLimitedLog FAILED = new RateLimitedLog(log, Logger.Level.ERROR);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final long RESTART_MILLIS = 1_000;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Executor thread;
    private final Hub hub;
    private final LiveDecoder decoder;
    private final SensorTopics topics;
    private final Clock clock;
    private final Vertx vertx;
    private final long keepTailingMillis;
    private final long discoveryMillis;

    // Guarded by this.
    private final List<UniEmitter<? super Void>> waiting = new ArrayList<>();
    private @Nullable Consumer<byte[], byte[]> running;
    private boolean isRunning;
    private boolean isStopping;

    /** Whether all topics there are are tailed; false while none is. */
    private boolean isOfAllTopics;

    /** Rung when somebody comes, for the times when no topic is there to be polled. */
    private final BlockingQueue<Boolean> bell = new ArrayBlockingQueue<>(1);

    /**
     * Where it is, and where to go on should the consumer break down while somebody watches. Guarded by itself, together
     * with handing over what moves it: so who asks where the tail is gets all that comes behind, and nothing before.
     */
    private final Positions positions = new Positions();

    /** The topics that there were when it last looked, by name; null before. Touched on the tail's thread, or while there is none. */
    private @Nullable Map<String, Topic> known;

    /** When somebody last listened to a topic that is tailed, by name. Touched as {@link #known}. */
    private final Map<String, Long> listenedAtMillis = new HashMap<>();

    @Inject
    Tail(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            LiveConfig config,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics,
            Clock clock,
            Vertx vertx) {
        this(
                () -> new KafkaConsumer<>(ConsumerSettings.withoutCommits(kafka, "telltale-live", "earliest")),
                Tail::startThread,
                config,
                hub,
                decoder,
                topics,
                clock,
                vertx);
    }

    /**
     * Creates a tail that is not running.
     *
     * @param consumers opens the consumer of one run
     * @param thread executes a run, which blocks
     */
    Tail(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Executor thread,
            LiveConfig config,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics,
            Clock clock,
            Vertx vertx) {
        this.consumers = consumers;
        this.thread = thread;
        this.hub = hub;
        this.decoder = decoder;
        this.topics = topics;
        this.clock = clock;
        this.vertx = vertx;
        this.keepTailingMillis = Bounds.within(
                        "telltale.live.keep-tailing", config.keepTailing(), Duration.ZERO, Duration.ofMinutes(10))
                .toMillis();
        this.discoveryMillis = Bounds.within(
                        "telltale.live.discovery", config.discovery(), Duration.ofMillis(100), Duration.ofSeconds(10))
                .toMillis();
    }

    private static void startThread(Runnable run) {
        Thread thread = new Thread(run, "live-tail");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Completes when whatever is sent from now on to the topics of a subscription will be seen; fails when Kafka does not answer.
     *
     * @param subscription of one who is among those of the hub already, so that its topics are not let go meanwhile
     */
    Uni<Void> tailing(Subscription subscription) {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                if (isTailed(subscription)) {
                    emitter.complete(null);
                    return;
                }
                waiting.add(emitter);
                start();
            }
            bell.offer(true);
        });
    }

    private boolean isTailed(Subscription subscription) {
        if (subscription.types().isEmpty()) {
            return isOfAllTopics;
        }
        synchronized (positions) {
            return running != null && subscription.types().stream().allMatch(type -> positions.topic(type.topic()) != null);
        }
    }

    private synchronized void start() {
        if (!isRunning && !isStopping) {
            isRunning = true;
            thread.execute(this::run);
        }
    }

    private void run() {
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            follow(consumer);
            ended(null);
        } catch (WakeupException e) {
            ended(e);
        } catch (KafkaException e) {
            BROKE_DOWN.say("The live tail broke down: " + e);
            ended(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended(new InterruptException(e));
        } catch (RuntimeException | Error e) {
            // An error, too: streams that are open would go on with heartbeats alone, and nobody would be told.
            FAILED.say("The live tail failed, by a fault of its own", e);
            ended(e);
        }
    }

    private void follow(Consumer<byte[], byte[]> consumer) throws InterruptedException {
        look(consumer);
        assign(consumer);
        synchronized (this) {
            running = consumer;
        }
        long lookAtMillis = clock.millis() + discoveryMillis;
        while (goesOn()) {
            if (consumer.assignment().isEmpty()) {
                bell.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
            } else {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    publish(record);
                }
            }
            if (isAwaited() || clock.millis() >= lookAtMillis) {
                lookAgain(consumer);
                lookAtMillis = clock.millis() + discoveryMillis;
            }
        }
    }

    private synchronized boolean isAwaited() {
        return !waiting.isEmpty();
    }

    /** Once this says no, whoever asks for {@link #tailing} waits for the next consumer. */
    private synchronized boolean goesOn() {
        boolean goesOn = !isStopping && (!hub.isEmpty() || !positionsAreEmpty());
        if (!goesOn) {
            running = null;
            isOfAllTopics = false;
        }
        return goesOn;
    }

    private boolean positionsAreEmpty() {
        synchronized (positions) {
            return positions.isEmpty();
        }
    }

    private void lookAgain(Consumer<byte[], byte[]> consumer) {
        try {
            if (look(consumer)) {
                assign(consumer);
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.debugf("No new topics are found while Kafka is away: %s", e);
            disappoint(e);
        }
    }

    private void assign(Consumer<byte[], byte[]> consumer) {
        Map<TopicPartition, Long> next;
        synchronized (positions) {
            next = positions.byPartition();
        }
        consumer.assign(next.keySet());
        next.forEach(consumer::seek);
        log.infof("Tailing %d partitions for live streams", next.size());
    }

    /**
     * Looks which topics there are and which of them somebody listens to, takes in those that are not tailed yet, and lets go
     * those that nobody has listened to for some time. Says so to those who listen where a topic was made anew.
     *
     * @return whether anything has changed
     */
    private boolean look(Consumer<byte[], byte[]> consumer) {
        List<UniEmitter<? super Void>> served;
        synchronized (this) {
            served = List.copyOf(waiting);
        }
        Map<String, Topic> found = topics.await();
        List<Topic> changed = changed(found);
        Map<TopicPartition, Long> starts =
                changed.isEmpty() ? Map.of() : consumer.beginningOffsets(partitions(changed), ANSWER);
        Map<TopicPartition, Long> ends =
                changed.isEmpty() ? Map.of() : consumer.endOffsets(partitions(changed), ANSWER);
        boolean isSomeGone;
        synchronized (this) {
            synchronized (positions) {
                if (positions.isEmpty()) {
                    positions.setRecordTimeMillis(clock.millis());
                }
                changed.forEach(topic -> place(topic, isNew(topic) ? starts : ends, starts));
                isSomeGone = letGo(found);
                isOfAllTopics =
                        found.keySet().stream().allMatch(name -> positions.topic(name) != null) && hub.hasSubscribersOfAllTopics();
            }
            waiting.removeAll(served);
        }
        known = found;
        served.forEach(emitter -> emitter.complete(null));
        return isSomeGone || !changed.isEmpty();
    }

    /** Those of the topics that somebody listens to, and that are not tailed as they are now. */
    private List<Topic> changed(Map<String, Topic> found) {
        synchronized (positions) {
            return found.values().stream()
                    .filter(topic -> hub.hasSubscribersOf(topic.type()) && !isPlaced(positions.topic(topic.name()), topic))
                    .toList();
        }
    }

    private static boolean isPlaced(Positions.@Nullable TopicPosition tailed, Topic topic) {
        return tailed != null && tailed.topic().idHash() == topic.idHash() && tailed.partitions() >= topic.partitions();
    }

    /** Whether it was not there when the tail last looked: then nobody could have come before its first record. */
    private boolean isNew(Topic topic) {
        Topic before = known == null ? topic : known.get(topic.name());
        return before == null || before.idHash() != topic.idHash();
    }

    private void place(Topic topic, Map<TopicPartition, Long> offsets, Map<TopicPartition, Long> starts) {
        Positions.TopicPosition tailed = positions.topic(topic.name());
        if (tailed == null) {
            positions.put(topic, offsets(topic, 0, offsets));
        } else if (tailed.topic().idHash() != topic.idHash()) {
            positions.put(topic, offsets(topic, 0, starts));
            hub.reportRecreated(topic.type(), subscription -> EventId.of(subscription, positions, null).text(subscription.fingerprint()));
        } else {
            // More partitions than before: those that are new from their first record.
            long[] next = offsets(topic, tailed.partitions(), starts);
            for (int partition = 0; partition < tailed.partitions(); partition++) {
                next[partition] = tailed.next(partition);
            }
            positions.put(topic, next);
        }
    }

    /** Of the topics that are gone, and of those that nobody has listened to for some time. */
    private boolean letGo(Map<String, Topic> found) {
        long now = clock.millis();
        List<String> dropped = new ArrayList<>();
        for (Positions.TopicPosition topic : positions.topics()) {
            String name = topic.topic().name();
            if (hub.hasSubscribersOf(topic.topic().type())) {
                listenedAtMillis.put(name, now);
            } else {
                // Who asked for it may have left before it was placed.
                listenedAtMillis.putIfAbsent(name, now);
            }
            if (!found.containsKey(name) || now - listenedAtMillis.getOrDefault(name, 0L) > keepTailingMillis) {
                dropped.add(name);
            }
        }
        dropped.forEach(positions::remove);
        dropped.forEach(listenedAtMillis::remove);
        return !dropped.isEmpty();
    }

    static long[] offsets(Topic topic, int fromPartition, Map<TopicPartition, Long> offsets) {
        long[] next = new long[topic.partitions()];
        for (int partition = fromPartition; partition < next.length; partition++) {
            next[partition] = offsets.getOrDefault(new TopicPartition(topic.name(), partition), 0L);
        }
        return next;
    }

    static Set<TopicPartition> partitions(Collection<Topic> topics) {
        return topics.stream()
                .flatMap(topic -> topic.topicPartitions().stream())
                .collect(Collectors.toSet());
    }

    private void publish(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try {
            long arrivals = hub.arrivals();
            List<LiveReading> readings = decoder.decode(record, hub::mayMatch);
            synchronized (positions) {
                if (hub.arrivals() != arrivals) {
                    // Who came meanwhile may begin before this record.
                    readings = decoder.decode(record, hub::mayMatch);
                }
                positions.setRecordTimeMillis(Math.min(record.timestamp(), clock.millis()));
                for (LiveReading shown : readings) {
                    PartialRecord partialRecord = shown.isLast() ? null : partialRecord(partition, shown.number());
                    if (partialRecord == null) {
                        positions.moveTo(partition, record.offset() + 1);
                    }
                    hub.publish(shown.reading(), shown.site(), record.timestamp(), subscription -> EventId.of(
                                    subscription, positions, partialRecord)
                            .text(subscription.fingerprint()));
                }
            }
        } finally {
            // Also a record that cannot be published: it is not to be met again after every restart.
            synchronized (positions) {
                positions.moveTo(partition, record.offset() + 1);
            }
        }
    }

    private @Nullable PartialRecord partialRecord(TopicPartition partition, int given) {
        Positions.TopicPosition topic = positions.topic(partition.topic());
        return topic == null ? null : new PartialRecord(topic.topic().idHash(), partition.partition(), given);
    }

    /**
     * Lets a subscriber that is among those of the hub begin where the tail is.
     *
     * @return false if its ids would be too long
     */
    boolean beginHere(Subscriber subscriber) {
        synchronized (positions) {
            Subscription subscription = subscriber.subscription();
            String id = EventId.of(subscription, positions, null).text(subscription.fingerprint());
            if (id == null) {
                return false;
            }
            subscriber.begin(LiveEvent.idLine(id), true);
            return true;
        }
    }

    /** Where the tail is in the topics of a subscription. */
    Positions positions(Subscription subscription) {
        synchronized (positions) {
            return positions.copy(subscription::includes);
        }
    }

    /**
     * Holds for a subscriber what comes from now on, and tells from where on that is; null if the tail is not as far as the
     * subscriber yet.
     */
    @Nullable
    Positions bufferFor(Subscriber subscriber, Positions reached) {
        synchronized (positions) {
            if (!positions.covers(reached)) {
                return null;
            }
            subscriber.startBuffering();
            return positions.copy(subscriber.subscription()::includes);
        }
    }

    void heartbeat() {
        synchronized (positions) {
            hub.heartbeat(subscription -> EventId.of(subscription, positions, null).text(subscription.fingerprint()));
        }
    }

    /** @param failure why, or null if nobody filter any more */
    private void ended(@Nullable Throwable failure) {
        synchronized (this) {
            isRunning = false;
            running = null;
            isOfAllTopics = false;
            if (failure == null) {
                forgetPositions();
                if (!waiting.isEmpty()) {
                    start();
                }
            }
        }
        if (failure != null) {
            disappoint(failure);
            goOnLater();
        }
    }

    private void disappoint(Throwable failure) {
        List<UniEmitter<? super Void>> disappointed;
        synchronized (this) {
            disappointed = List.copyOf(waiting);
            waiting.clear();
        }
        disappointed.forEach(emitter -> emitter.fail(failure));
    }

    private void forgetPositions() {
        known = null;
        listenedAtMillis.clear();
        synchronized (positions) {
            positions.clear();
        }
    }

    private void goOnLater() {
        vertx.setTimer(RESTART_MILLIS, timer -> {
            synchronized (this) {
                if (!hub.isEmpty()) {
                    start();
                } else if (!isRunning) {
                    forgetPositions();
                }
            }
        });
    }

    void stop(@Observes ShutdownEvent shutdown) {
        Consumer<byte[], byte[]> consumer;
        synchronized (this) {
            isStopping = true;
            consumer = running;
        }
        if (consumer != null) {
            consumer.wakeup();
        }
    }
}
