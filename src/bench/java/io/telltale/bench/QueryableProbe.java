package io.telltale.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.time.format.DateTimeParseException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;

/**
 * One more sensor, which reads every 50 ms, and somebody who asks for its newest reading again and again. Each reading
 * carries the millisecond at which it was due, and its latency counts from there, whenever it was really sent.
 */
public final class QueryableProbe {

    static final String SENSOR = "probe-1";
    private static final long STEP_MILLIS = 50;
    private static final Duration ASK_EVERY = Duration.ofMillis(5);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
    /** Kafka may keep a probe waiting for a minute, and then comes a question. */
    private static final Duration ONE_LOOK_LIMIT = Duration.ofSeconds(90);
    /** For how long readings are waited for that were sent last. */
    static final Duration LAST_READING_LIMIT = Duration.ofSeconds(10);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final HttpRequest latest;
    private final String bootstrapServers;
    private final String topic;

    public QueryableProbe(String baseUrl, String bootstrapServers, String topic) {
        this.latest = HttpRequest.newBuilder(
                        URI.create("%s/api/v1/sensors/%s/readings/latest".formatted(baseUrl, SENSOR)))
                .timeout(ANSWER_LIMIT)
                .build();
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    /**
     * Probes for so long, and then until all of it can be asked for, or for as long as the last readings are waited
     * for.
     */
    public QueryableReadings run(Duration length) {
        try (KafkaProducer<byte[], byte[]> producer = BacklogTopic.producer(bootstrapServers, Duration.ZERO)) {
            Probing probing = new Probing(producer, length);
            Awaitility.await()
                    .atMost(length.plus(LAST_READING_LIMIT).plus(ONE_LOOK_LIMIT))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(ASK_EVERY)
                    .until(probing::isOverAfterOneMoreLook);
            return probing.readings;
        }
    }

    /** One run of the probe: what it sends, until when, and what became of it. */
    private final class Probing {
        private final KafkaProducer<byte[], byte[]> producer;
        private final BodyWriter bodies = new BodyWriter(new SensorId(SENSOR), null, Description.NONE);
        private final byte[] key = SENSOR.getBytes(StandardCharsets.US_ASCII);
        private final QueryableReadings readings = new QueryableReadings();
        private final long end;
        private long due = System.currentTimeMillis();

        Probing(KafkaProducer<byte[], byte[]> producer, Duration length) {
            this.producer = producer;
            this.end = due + length.toMillis();
        }

        boolean isOverAfterOneMoreLook() {
            long now = System.currentTimeMillis();
            for (; due <= now && due < end; due += STEP_MILLIS) {
                byte[] body = bodies.write(due, new Value.Numeric(readings.sent()));
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(topic, key, body));
                readings.add(due);
            }
            long newest = newest();
            long seen = System.currentTimeMillis();
            readings.seen(newest, seen);
            if (seen >= end + LAST_READING_LIMIT.toMillis()) {
                readings.giveUp(seen);
            }
            return due >= end && readings.isAllSeen();
        }
    }

    /** The newest event time, or 0 while there is none, or no answer. */
    private long newest() {
        HttpResponse<byte[]> answer;
        try {
            answer = http.send(latest, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            // As when the answer comes too late. Whoever is gone for good shows in the next look at the metrics.
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        if (answer.statusCode() != 200) {
            return 0;
        }
        try {
            JsonNode reading = JSON.readTree(answer.body());
            return Instant.parse(reading.path("timestamp").asText()).toEpochMilli();
        } catch (IOException | DateTimeParseException e) {
            throw new BenchException("the newest reading is none", e);
        }
    }
}
