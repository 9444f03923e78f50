package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.local.CassandraNode;
import io.telltale.local.KafkaBroker;
import io.telltale.local.KafkaCluster;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service on topics that a single broker of the other tests never has. */
@Tag("servers")
@Tag("long")
class KafkaFaultsIT {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String LED_APART = "sensors.led-apart";
    private static final TopicPartition COMPACTED = new TopicPartition("sensors.compacted", 0);

    /** Each broker leads one partition, of which it has the only copy. */
    @Test
    void readsOtherPartitionsWhileOneHasNoLeader(@TempDir Path directory) throws Exception {
        try (KafkaCluster kafka = KafkaCluster.start(3);
                KafkaProducer<String, String> producer = producer(kafka.bootstrapServers());
                ServiceProcess service = service(kafka.bootstrapServers(), "leader", directory)) {
            try (Admin admin = kafka.admin()) {
                NewTopic topic = new NewTopic(LED_APART, Map.of(0, List.of(1), 1, List.of(2), 2, List.of(3)));
                admin.createTopics(List.of(topic.configs(Map.of("min.insync.replicas", "1"))))
                        .all()
                        .get(30, TimeUnit.SECONDS);
            }
            service.start();
            for (int partition = 0; partition < 3; partition++) {
                send(producer, LED_APART, partition, "a", partition);
            }
            awaitReadings(service, "a", 3);

            kafka.broker(3).kill();
            send(producer, LED_APART, 0, "a", 10);
            send(producer, LED_APART, 1, "a", 11);
            awaitReadings(service, "a", 5);

            // Start offsets are resolved again, without an answer for one partition.
            service.stop();
            service.start();
            send(producer, LED_APART, 0, "a", 20);
            send(producer, LED_APART, 1, "a", 21);
            awaitReadings(service, "a", 7);

            kafka.broker(3).start();
            send(producer, LED_APART, 2, "a", 30);
            awaitReadings(service, "a", 8);
        }
    }

    @Test
    void countsACompactedGapNotAsLost(@TempDir Path directory) throws Exception {
        KafkaBroker kafka = KafkaBroker.start(Progress.SILENT);
        try (KafkaProducer<String, String> producer = producer(kafka.bootstrapServers());
                ServiceProcess service = service(kafka.bootstrapServers(), "compacted", directory)) {
            kafka.createTopic(
                    COMPACTED.topic(),
                    1,
                    Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01", "segment.ms", "100"));
            send(producer, COMPACTED.topic(), 0, "kept", 0);
            for (int second = 1; second <= 10; second++) {
                send(producer, COMPACTED.topic(), 0, "replaced", second);
            }
            sendUntilCompacted(kafka, producer);
            long end = end(kafka);

            service.start();
            awaitReadings(service, "kept", 1);
            awaitReadings(service, "replaced", 1);
            await().atMost(LIMIT).until(() -> committed(kafka) == end);
            await().atMost(LIMIT).untilAsserted(() -> {
                ServiceMetrics metrics = ServiceMetrics.of(service.baseUrl());
                assertThat(metrics.has("telltale_consumer_lag")).isTrue();
                assertThat(metrics.sum("telltale_consumer_lag")).isZero();
            });
            assertThat(ServiceMetrics.of(service.baseUrl()).has("telltale_records_lost_total"))
                    .isFalse();
        } finally {
            kafka.kill();
        }
    }

    /** Only closed segments are compacted, and a record closes the one before it. */
    private static void sendUntilCompacted(KafkaBroker kafka, KafkaProducer<String, String> producer) {
        try (KafkaConsumer<String, String> consumer = consumer(kafka)) {
            consumer.assign(List.of(COMPACTED));
            await().atMost(LIMIT).until(() -> {
                send(producer, COMPACTED.topic(), 0, "newest", 20);
                List<Long> offsets = offsets(consumer);
                return offsets.containsAll(List.of(0L, 10L)) && !offsets.contains(5L);
            });
        }
    }

    /** The offsets of all records of the compacted topic. */
    private static List<Long> offsets(KafkaConsumer<String, String> consumer) {
        List<Long> offsets = new ArrayList<>();
        long end = consumer.endOffsets(List.of(COMPACTED)).getOrDefault(COMPACTED, 0L);
        consumer.seekToBeginning(List.of(COMPACTED));
        while (consumer.position(COMPACTED) < end) {
            consumer.poll(Duration.ofSeconds(1)).forEach(found -> offsets.add(found.offset()));
        }
        return offsets;
    }

    private static KafkaConsumer<String, String> consumer(KafkaBroker kafka) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer());
    }

    private static long end(KafkaBroker kafka) {
        try (KafkaConsumer<String, String> consumer = consumer(kafka)) {
            return consumer.endOffsets(List.of(COMPACTED)).getOrDefault(COMPACTED, -1L);
        }
    }

    private static long committed(KafkaBroker kafka) throws Exception {
        try (Admin admin = kafka.admin()) {
            var offset = admin.listConsumerGroupOffsets("telltale")
                    .partitionsToOffsetAndMetadata()
                    .get(30, TimeUnit.SECONDS)
                    .get(COMPACTED);
            return offset == null ? -1 : offset.offset();
        }
    }

    private static KafkaProducer<String, String> producer(String bootstrapServers) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new StringSerializer());
    }

    private static ServiceProcess service(String bootstrapServers, String name, Path directory) {
        SharedStack stack = SharedStack.get();
        CassandraNode cassandra = stack.cassandra();
        return new ServiceProcess(ServiceSettings.packaged(bootstrapServers, cassandra, directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_%s_%d".formatted(name, stack.nextNumber()))
                // A gap within a poll is not looked at.
                .with("mp.messaging.incoming.sensors.max.poll.records", "1"));
    }

    private static void send(
            KafkaProducer<String, String> producer, String topic, int partition, String sensor, int second)
            throws Exception {
        String reading = "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":1}".formatted(second);
        producer.send(new ProducerRecord<>(topic, partition, sensor, reading)).get(30, TimeUnit.SECONDS);
    }

    private static void awaitReadings(ServiceProcess service, String sensor, int count) {
        String page = "%s/api/v1/sensors/%s/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
                .formatted(service.baseUrl(), sensor);
        await().atMost(LIMIT).untilAsserted(() -> {
            Response answer = RestAssured.get(page);
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
            assertThat(answer.jsonPath().getList("readings")).hasSize(count);
        });
    }
}
