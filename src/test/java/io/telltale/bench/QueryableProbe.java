package io.telltale.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.bench.LoadRun.Latency;
import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * One more sensor, which reads every 50 ms, and somebody who asks for its newest reading again and again. Each reading
 * carries the millisecond at which it was due, and its latency counts from there, whenever it was really sent.
 */
final class QueryableProbe {

    static final String SENSOR = "probe-1";
    private static final long STEP_MILLIS = 50;
    private static final Duration ASK_EVERY = Duration.ofMillis(5);
    private static final long LONGEST_MILLIS = 60_000;
    private static final Duration LAST_READING_LIMIT = Duration.ofSeconds(20);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final HttpRequest latest;
    private final String bootstrapServers;
    private final String topic;

    QueryableProbe(String baseUrl, String bootstrapServers, String topic) {
        this.latest = HttpRequest.newBuilder(
                        URI.create("%s/api/v1/sensors/%s/readings/latest".formatted(baseUrl, SENSOR)))
                .timeout(Duration.ofSeconds(10))
                .build();
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    /** What a probe says. */
    record Probed(Latency latency, int sent) {}

    /** Probes for so long; what the last readings took counts too. */
    Probed run(Duration length) {
        try (KafkaProducer<byte[], byte[]> producer = BacklogTopic.producer(bootstrapServers)) {
            Probing probing = new Probing(producer, length);
            try {
                Awaitility.await()
                        .atMost(length.plus(LAST_READING_LIMIT))
                        .pollDelay(Duration.ZERO)
                        .pollInterval(ASK_EVERY)
                        .until(probing::isOverAfterOneMoreLook);
            } catch (ConditionTimeoutException e) {
                throw new BenchException(
                        "%d of %d probes cannot be asked for".formatted(probing.waiting.size(), probing.sent.get()), e);
            }
            return probing.probed();
        }
    }

    /** One run of the probe: what it has sent, and what of it nobody has seen yet. */
    private final class Probing {
        private final KafkaProducer<byte[], byte[]> producer;
        private final BodyWriter bodies = new BodyWriter(new SensorId(SENSOR), null, Description.NONE);
        private final byte[] key = SENSOR.getBytes(StandardCharsets.US_ASCII);
        private final Histogram micros = new Histogram(LONGEST_MILLIS * 1_000, 3);
        private final Deque<Long> waiting = new ConcurrentLinkedDeque<>();
        private final long end;
        private long due = System.currentTimeMillis();
        private final AtomicInteger sent = new AtomicInteger();

        Probing(KafkaProducer<byte[], byte[]> producer, Duration length) {
            this.producer = producer;
            this.end = due + length.toMillis();
        }

        boolean isOverAfterOneMoreLook() {
            long now = System.currentTimeMillis();
            for (; due <= now && due < end; due += STEP_MILLIS) {
                byte[] body = bodies.write(due, new Value.Numeric(sent.get()));
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(topic, key, body));
                waiting.add(due);
                sent.incrementAndGet();
            }
            long newest = newest();
            long seen = System.currentTimeMillis();
            for (Long first = waiting.peek(); first != null && first <= newest; first = waiting.peek()) {
                micros.recordValue(Math.min(LONGEST_MILLIS, seen - waiting.remove()) * 1_000);
            }
            return due >= end && waiting.isEmpty();
        }

        Probed probed() {
            return new Probed(
                    new Latency(
                            micros.getValueAtPercentile(50) / 1_000.0,
                            micros.getValueAtPercentile(99) / 1_000.0,
                            micros.getTotalCount()),
                    sent.get());
        }
    }

    /** The newest event time, or 0 while there is none. */
    private long newest() {
        try {
            HttpResponse<byte[]> answer = http.send(latest, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                return 0;
            }
            JsonNode reading = JSON.readTree(answer.body());
            return Instant.parse(reading.path("timestamp").textValue()).toEpochMilli();
        } catch (IOException e) {
            throw new BenchException("the service cannot be asked", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
