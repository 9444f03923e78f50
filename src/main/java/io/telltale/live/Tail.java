package io.telltale.live;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.live.EventId.Within;
import io.telltale.live.LiveRecords.Shown;
import io.telltale.settings.Bounds;
import io.telltale.settings.RecurringWarning;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads every partition of every sensor topic, without a consumer group, while somebody watches: ingest reads only the
 * partitions that are this replica's. A topic or partition that is found while it runs is read from its first record.
 *
 * <p>Kafka's consumer blocks, so it has a thread of its own; nothing else runs there.
 */
@Singleton
class Tail {

    private static final Logger log = Logger.getLogger(Tail.class);
    /** It is taken up again at once, and may break down again for as long as an outage lasts. */
    private static final RecurringWarning BROKE_DOWN = new RecurringWarning(log, Logger.Level.WARN);

    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final long RESTART_MILLIS = 1_000;

    private final Map<String, Object> consumerConfig;
    private final Hub hub;
    private final LiveRecords records;
    private final SensorTopics topics;
    private final Clock clock;
    private final Vertx vertx;
    private final long keepTailingMillis;
    private final long discoveryMillis;

    // Guarded by this.
    private final List<UniEmitter<? super Void>> waiting = new ArrayList<>();
    private @Nullable KafkaConsumer<byte[], byte[]> running;
    private boolean isRunning;
    private boolean isPositioned;
    private boolean isStopping;

    /**
     * Where it is, and where to go on should the consumer break down while somebody watches. Guarded by itself, together
     * with handing over what moves it: so who asks where the tail is gets all that comes behind, and nothing before.
     */
    private final Positions positions = new Positions();

    @Inject
    Tail(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            LiveConfig config,
            Hub hub,
            LiveRecords records,
            SensorTopics topics,
            Clock clock,
            Vertx vertx) {
        this.consumerConfig = new HashMap<>(kafka);
        consumerConfig.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumerConfig.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumerConfig.put(ConsumerConfig.CLIENT_ID_CONFIG, "telltale-live");
        consumerConfig.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        consumerConfig.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        consumerConfig.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        consumerConfig.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        this.hub = hub;
        this.records = records;
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

    /** Completes when whatever is sent from now on will be seen; fails when Kafka does not answer. */
    Uni<Void> tailing() {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                if (isPositioned) {
                    emitter.complete(null);
                    return;
                }
                waiting.add(emitter);
                start();
            }
        });
    }

    private synchronized void start() {
        if (!isRunning && !isStopping) {
            isRunning = true;
            Thread thread = new Thread(this::run, "live-tail");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void run() {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerConfig)) {
            synchronized (this) {
                running = consumer;
            }
            takeUp(consumer);
            follow(consumer);
            ended(null);
        } catch (WakeupException e) {
            ended(e);
        } catch (KafkaException e) {
            BROKE_DOWN.say("The live tail broke down: " + e);
            ended(e);
        } catch (RuntimeException e) {
            log.error("The live tail failed, by a fault of its own", e);
            ended(e);
        }
    }

    /**
     * From the end of every partition; after a breakdown from where the consumer before was, and a partition that it did
     * not know from its beginning.
     */
    private void takeUp(KafkaConsumer<byte[], byte[]> consumer) {
        Map<String, LiveTopic> found = topics.awaited();
        boolean isNew;
        synchronized (positions) {
            isNew = positions.isEmpty();
        }
        if (isNew) {
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(found.values()), ANSWER);
            synchronized (positions) {
                found.values().forEach(topic -> positions.place(topic, offsets(topic, 0, ends)));
            }
        } else {
            takeIn(consumer, found);
        }
        assign(consumer);
        log.infof(
                "Tailing %d partitions for live streams", consumer.assignment().size());
        List<UniEmitter<? super Void>> ready;
        synchronized (this) {
            isPositioned = true;
            ready = List.copyOf(waiting);
            waiting.clear();
        }
        ready.forEach(emitter -> emitter.complete(null));
    }

    private void assign(KafkaConsumer<byte[], byte[]> consumer) {
        Map<TopicPartition, Long> next;
        synchronized (positions) {
            next = positions.byPartition();
        }
        consumer.assign(next.keySet());
        next.forEach(consumer::seek);
    }

    private void follow(KafkaConsumer<byte[], byte[]> consumer) {
        long discoverAtMillis = clock.millis() + discoveryMillis;
        long watchedAtMillis = clock.millis();
        while (goesOn(watchedAtMillis)) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                publish(record);
            }
            if (!hub.isEmpty()) {
                watchedAtMillis = clock.millis();
            }
            if (clock.millis() >= discoverAtMillis) {
                look(consumer);
                discoverAtMillis = clock.millis() + discoveryMillis;
            }
        }
    }

    /** Once this says no, whoever asks for {@link #tailing} waits for the next consumer. */
    private synchronized boolean goesOn(long watchedAtMillis) {
        boolean goesOn = !isStopping && (!hub.isEmpty() || clock.millis() - watchedAtMillis < keepTailingMillis);
        isPositioned = goesOn;
        return goesOn;
    }

    private void look(KafkaConsumer<byte[], byte[]> consumer) {
        try {
            if (takeIn(consumer, topics.awaited())) {
                assign(consumer);
                log.infof(
                        "Tailing %d partitions for live streams",
                        consumer.assignment().size());
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.debugf("No new topics are found while Kafka is away: %s", e);
        }
    }

    /**
     * Takes in what is new among the topics, from its first record; says so to those who listen where a topic was made anew.
     *
     * @return whether anything is new
     */
    private boolean takeIn(KafkaConsumer<byte[], byte[]> consumer, Map<String, LiveTopic> found) {
        List<LiveTopic> changed = new ArrayList<>();
        Set<String> gone = new HashSet<>();
        synchronized (positions) {
            found.values().stream()
                    .filter(topic -> !isPlaced(positions.topic(topic.name()), topic))
                    .forEach(changed::add);
            positions.topics().stream()
                    .map(topic -> topic.topic().name())
                    .filter(name -> !found.containsKey(name))
                    .forEach(gone::add);
        }
        if (changed.isEmpty() && gone.isEmpty()) {
            return false;
        }
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions(changed), ANSWER);
        synchronized (positions) {
            gone.forEach(positions::forget);
            changed.forEach(topic -> place(topic, starts));
        }
        return true;
    }

    private static boolean isPlaced(Positions.@Nullable Topic known, LiveTopic topic) {
        return known != null && known.topic().mark() == topic.mark() && known.partitions() >= topic.partitions();
    }

    private void place(LiveTopic topic, Map<TopicPartition, Long> starts) {
        Positions.Topic known = positions.topic(topic.name());
        if (known == null || known.topic().mark() != topic.mark()) {
            positions.place(topic, offsets(topic, 0, starts));
        } else {
            long[] next = offsets(topic, known.partitions(), starts);
            for (int partition = 0; partition < known.partitions(); partition++) {
                next[partition] = known.next(partition);
            }
            positions.place(topic, next);
        }
        if (known != null && known.topic().mark() != topic.mark()) {
            hub.remade(topic.type(), feed -> EventId.text(feed, positions, null));
        }
    }

    static long[] offsets(LiveTopic topic, int fromPartition, Map<TopicPartition, Long> offsets) {
        long[] next = new long[topic.partitions()];
        for (int partition = fromPartition; partition < next.length; partition++) {
            next[partition] = offsets.getOrDefault(new TopicPartition(topic.name(), partition), 0L);
        }
        return next;
    }

    static Set<TopicPartition> partitions(Collection<LiveTopic> topics) {
        return topics.stream()
                .flatMap(topic -> IntStream.range(0, topic.partitions())
                        .mapToObj(partition -> new TopicPartition(topic.name(), partition)))
                .collect(Collectors.toSet());
    }

    private void publish(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try {
            long arrivals = hub.arrivals();
            List<Shown> readings = records.of(record, hub::mayWant);
            synchronized (positions) {
                if (hub.arrivals() != arrivals) {
                    // Who came meanwhile may begin before this record.
                    readings = records.of(record, hub::mayWant);
                }
                for (Shown shown : readings) {
                    Within within = shown.isLast() ? null : within(partition, shown.number());
                    if (within == null) {
                        positions.moveTo(partition, record.offset() + 1);
                    }
                    hub.publish(
                            shown.reading(),
                            shown.site(),
                            record.timestamp(),
                            feed -> EventId.text(feed, positions, within));
                }
            }
        } finally {
            // Also a record that cannot be published: it is not to be met again after every restart.
            synchronized (positions) {
                positions.moveTo(partition, record.offset() + 1);
            }
        }
    }

    private @Nullable Within within(TopicPartition partition, int given) {
        Positions.Topic topic = positions.topic(partition.topic());
        return topic == null ? null : new Within(topic.topic().mark(), partition.partition(), given);
    }

    /**
     * Lets a subscriber that is among those of the hub begin where the tail is.
     *
     * @return false if its ids would be too long
     */
    boolean beginHere(Subscriber subscriber) {
        synchronized (positions) {
            String id = EventId.text(subscriber.feed(), positions, null);
            if (id == null) {
                return false;
            }
            subscriber.begin(LiveEvent.idLine(id), true);
            return true;
        }
    }

    /** Where the tail is in the topics of a feed. */
    Positions positions(Feed feed) {
        synchronized (positions) {
            return positions.copy(feed::listensTo);
        }
    }

    /**
     * Holds for a subscriber what comes from now on, and tells from where on that is; null if the tail is not as far as the
     * subscriber yet.
     */
    @Nullable
    Positions holdFor(Subscriber subscriber, Positions reached) {
        synchronized (positions) {
            if (!positions.covers(reached)) {
                return null;
            }
            subscriber.hold();
            return positions.copy(subscriber.feed()::listensTo);
        }
    }

    void heartbeat() {
        synchronized (positions) {
            hub.heartbeat(feed -> EventId.text(feed, positions, null));
        }
    }

    /** @param failure why, or null if nobody watched any more */
    private void ended(@Nullable RuntimeException failure) {
        List<UniEmitter<? super Void>> disappointed = List.of();
        synchronized (this) {
            isRunning = false;
            running = null;
            isPositioned = false;
            if (failure == null) {
                forgetPositions();
                if (!waiting.isEmpty()) {
                    start();
                }
            } else {
                disappointed = List.copyOf(waiting);
                waiting.clear();
            }
        }
        if (failure != null) {
            disappointed.forEach(emitter -> emitter.fail(failure));
            goOnLater();
        }
    }

    private void forgetPositions() {
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
        KafkaConsumer<byte[], byte[]> consumer;
        synchronized (this) {
            isStopping = true;
            consumer = running;
        }
        if (consumer != null) {
            consumer.wakeup();
        }
    }
}
