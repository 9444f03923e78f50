package io.telltale.live;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.SensorRegistry;
import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.HeaderValues;
import io.telltale.wire.RecordDecoder;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
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
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final long RESTART_MILLIS = 1_000;

    private final Map<String, Object> consumerConfig;
    private final Hub hub;
    private final SensorRegistry sensors;
    private final Clock clock;
    private final Vertx vertx;
    private final long keepTailingMillis;
    private final long discoveryMillis;
    private final RecordDecoder decoder = new RecordDecoder();

    // Guarded by this.
    private final List<UniEmitter<? super Void>> waiting = new ArrayList<>();
    private @Nullable KafkaConsumer<byte[], byte[]> running;
    private boolean isRunning;
    private boolean isPositioned;
    private boolean isStopping;

    /** Where to go on, should the consumer break down while somebody watches. Touched by the tail's thread, or while there is none. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    @Inject
    Tail(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            LiveConfig config,
            Hub hub,
            SensorRegistry sensors,
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
        this.sensors = sensors;
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
            log.warnf("The live tail broke down: %s", e);
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
        Set<TopicPartition> partitions = discover(consumer);
        consumer.assign(partitions);
        if (positions.isEmpty()) {
            positions.putAll(consumer.endOffsets(partitions, ANSWER));
        }
        partitions.forEach(partition -> consumer.seek(partition, positions.getOrDefault(partition, 0L)));
        log.infof("Tailing %d partitions for live streams", partitions.size());
        List<UniEmitter<? super Void>> ready;
        synchronized (this) {
            isPositioned = true;
            ready = List.copyOf(waiting);
            waiting.clear();
        }
        ready.forEach(emitter -> emitter.complete(null));
    }

    private void follow(KafkaConsumer<byte[], byte[]> consumer) {
        long discoverAtMillis = clock.millis() + discoveryMillis;
        long watchedAtMillis = clock.millis();
        while (goesOn(watchedAtMillis)) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                // Passed first: a record that cannot be published is not to be met again after every restart.
                positions.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
                publish(record);
            }
            if (!hub.isEmpty()) {
                watchedAtMillis = clock.millis();
            }
            if (clock.millis() >= discoverAtMillis) {
                addNew(consumer);
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

    private void addNew(KafkaConsumer<byte[], byte[]> consumer) {
        Set<TopicPartition> found;
        try {
            found = discover(consumer);
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.debugf("No new topics are found while Kafka is away: %s", e);
            return;
        }
        Set<TopicPartition> added = new HashSet<>(found);
        added.removeAll(consumer.assignment());
        if (!found.equals(consumer.assignment())) {
            consumer.assign(found);
            consumer.seekToBeginning(added);
            log.infof("Tailing %d partitions for live streams, %d of them new", found.size(), added.size());
        }
    }

    private static Set<TopicPartition> discover(KafkaConsumer<byte[], byte[]> consumer) {
        return consumer.listTopics(ANSWER).entrySet().stream()
                .filter(topic -> SensorType.isTopic(topic.getKey()))
                .flatMap(topic -> topic.getValue().stream())
                .map(Tail::partition)
                .collect(Collectors.toSet());
    }

    private static TopicPartition partition(PartitionInfo info) {
        return new TopicPartition(info.topic(), info.partition());
    }

    private void publish(ConsumerRecord<byte[], byte[]> record) {
        SensorType type = SensorType.ofTopic(record.topic());
        HeaderValues headers = headers(record);
        // Whose readings are in a pack its key does not say.
        if (!hub.mayWant(type, RecordDecoder.isPack(headers) ? null : key(record))) {
            return;
        }
        Decoded decoded = decoder.decode(type, headers, record.key(), record.value(), record.timestamp());
        for (Accepted accepted : decoded.accepted()) {
            Reading reading = accepted.reading();
            Sensor sensor = sensors.remembered(reading.sensorId());
            if (sensor == null || sensor.type().equals(type)) {
                Description described =
                        sensor == null ? accepted.description() : sensor.describedBy(accepted.description());
                hub.publish(reading, described.site(), record.timestamp());
            }
        }
    }

    private static HeaderValues headers(ConsumerRecord<byte[], byte[]> record) {
        if (record.headers().toArray().length == 0) {
            return HeaderValues.NONE;
        }
        return name -> {
            Header header = record.headers().lastHeader(name);
            return header == null ? null : header.value();
        };
    }

    private static @Nullable SensorId key(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null || record.key().length > SensorId.MAX_LENGTH) {
            return null;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        return SensorId.isValid(key) ? new SensorId(key) : null;
    }

    /** @param failure why, or null if nobody watched any more */
    private void ended(@Nullable RuntimeException failure) {
        List<UniEmitter<? super Void>> disappointed = List.of();
        synchronized (this) {
            isRunning = false;
            running = null;
            isPositioned = false;
            if (failure == null) {
                positions.clear();
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

    private void goOnLater() {
        vertx.setTimer(RESTART_MILLIS, timer -> {
            synchronized (this) {
                if (!hub.isEmpty()) {
                    start();
                } else if (!isRunning) {
                    positions.clear();
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
