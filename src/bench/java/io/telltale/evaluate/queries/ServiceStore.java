package io.telltale.evaluate.queries;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchException;
import io.telltale.bench.ServiceMetrics;
import io.telltale.local.LocalStack;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/** The packaged service: stores what is sent to its topic, and answers JSON pages over REST. */
final class ServiceStore implements RangeStore {

    private static final int PARTITIONS = 4;
    private static final Duration STORE_LIMIT = Duration.ofMinutes(10);
    private static final Duration READ_LIMIT = Duration.ofMinutes(1);
    private static final int ADMIN_LIMIT_SECONDS = 30;
    /** {@code {"readings":[{…},{…}],"meta":{"ingestedThrough":{…}}}}: three braces are not of a reading. */
    private static final int OTHER_BRACES = 3;

    private static final Description DESCRIPTION = new Description("Cel", "plant-2");

    private final LocalStack stack;
    private final CqlSession session;
    private final String name;
    private final ServiceProcess service;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * Starts the service.
     *
     * @param name of the sensor type and the consumer group; with underscores, of the keyspace
     */
    ServiceStore(LocalStack stack, CqlSession session, String name, Dataset dataset, Path directory) {
        this.stack = stack;
        this.session = session;
        this.name = name;
        stack.kafka().createTopic(topic(), PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        this.service = new ServiceProcess(ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .withJvmOptions("-Xmx512m")
                .with("mp.messaging.incoming.sensors.group.id", name)
                .ofTopic(topic())
                .with("telltale.storage.keyspace", keyspace())
                .with("telltale.storage.shards", Integer.toString(dataset.shards()))
                .with(
                        "telltale.storage.bucket",
                        Duration.ofMillis(dataset.bucketMillis()).toString()));
        try {
            service.start();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private String topic() {
        return "sensors." + name;
    }

    @Override
    public String keyspace() {
        return name.replace('-', '_');
    }

    @Override
    public long clientPid() {
        return service.pid();
    }

    @Override
    public void write(List<Series> readings) {
        long all = stored() + readings.stream().mapToLong(Series::readings).sum();
        AtomicLong failed = new AtomicLong();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        stack.kafka().bootstrapServers(),
                        ProducerConfig.LINGER_MS_CONFIG,
                        5),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            readings.forEach(some -> send(producer, some, failed));
            producer.flush();
        }
        if (failed.get() > 0) {
            throw new BenchException("Kafka did not acknowledge %d readings".formatted(failed.get()));
        }
        Awaitility.await()
                .atMost(STORE_LIMIT)
                .pollInterval(Duration.ofMillis(250))
                .until(() -> stored() >= all);
    }

    private void send(KafkaProducer<byte[], byte[]> producer, Series readings, AtomicLong failed) {
        byte[] key = readings.id().value().getBytes(US_ASCII);
        BodyWriter bodies = new BodyWriter(readings.id(), null, DESCRIPTION);
        for (int i = 0; i < readings.readings(); i++) {
            byte[] body = bodies.write(
                    readings.startMillis() + i * readings.stepMillis(), new Value.Numeric(i % 10_000 / 100.0));
            Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(topic(), key, body), (sent, failure) -> {
                if (failure != null) {
                    failed.incrementAndGet();
                }
            });
        }
    }

    private long stored() {
        return (long) ServiceMetrics.of(service.baseUrl()).sum("telltale_readings_stored_total");
    }

    @Override
    public long read(SensorId sensorId, long fromMillis, long toMillis) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("%s/api/v1/sensors/%s/readings?from=%d&to=%d&limit=10000"
                                .formatted(service.baseUrl(), sensorId, fromMillis, toMillis)))
                .header("Accept", "application/json")
                .timeout(READ_LIMIT)
                .build();
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new BenchException("%s: status %d".formatted(request.uri(), response.statusCode()));
            }
            return readings(response.body());
        } catch (IOException e) {
            throw new BenchException("%s: no response".formatted(request.uri()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Counts the readings of a JSON page; parsing it would cost more than the service does. */
    static long readings(byte[] page) {
        long braces = 0;
        for (byte character : page) {
            braces += character == '{' ? 1 : 0;
        }
        return braces - OTHER_BRACES;
    }

    @Override
    public void close() {
        service.close();
        session.execute("DROP KEYSPACE IF EXISTS " + keyspace());
        try (Admin admin = stack.kafka().admin()) {
            admin.deleteTopics(List.of(topic())).all().get(ADMIN_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchException("could not delete topic " + topic(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
