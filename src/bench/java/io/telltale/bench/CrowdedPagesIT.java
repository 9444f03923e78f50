package io.telltale.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pages of 10,000 of the longest texts, eleven megabytes each, and exports of them, all at once from the packaged
 * service with 256 MB of heap, while some clients ask for such a page and read nothing of it.
 */
@Tag("servers")
@Tag("long")
class CrowdedPagesIT {

    private static final Logger log = Logger.getLogger(CrowdedPagesIT.class);
    private static final int READINGS = 10_100;
    private static final int LIMIT = 10_000;
    private static final int AT_ONCE = 40;
    private static final int NOT_READING = 10;
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final long START_MILLIS =
            Instant.parse("2026-02-01T00:00:00Z").toEpochMilli();

    /** Heap of 256 MB, and what a JVM needs besides. */
    private static final long MAX_RESIDENT_MB = 640;

    private final SharedStack stack = SharedStack.get();
    private final HttpClient http = HttpClient.newHttpClient();
    private final SensorId sensor = new SensorId("wordy");

    @Test
    void pagesAndExportsOfLongTextsAreServedAtOnceFromLittleMemory(@TempDir Path directory) throws Exception {
        String topic = "sensors.wordy-" + stack.nextNumber();
        stack.kafka().createTopic(topic, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .withJvmOptions("-Xmx256m")
                .with("mp.messaging.incoming.sensors.group.id", topic)
                .ofTopic(topic)
                .with("telltale.storage.keyspace", "telltale_wordy_" + stack.nextNumber())
                .with("telltale.query.deadline", "5m");
        List<Socket> notReading = new ArrayList<>();
        try (ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            sendTexts(topic);
            await().atMost(LONGEST)
                    .until(() -> ServiceMetrics.of(service.baseUrl()).written().readings() >= READINGS);
            for (int i = 0; i < NOT_READING; i++) {
                notReading.add(page(service, i));
            }
            await().atMost(LONGEST).untilAsserted(() -> assertThat(
                            ServiceMetrics.of(service.baseUrl()).sum("telltale_queries_heavy"))
                    .isEqualTo(NOT_READING));

            assertThat(readAtOnce(service, "application/json"))
                    .as("readings of %d pages", AT_ONCE)
                    // Three more ends of objects are in meta.
                    .containsOnly(LIMIT + 3L)
                    .hasSize(AT_ONCE);
            assertThat(readAtOnce(service, "application/x-ndjson"))
                    .as("readings of %d exports", AT_ONCE)
                    .containsOnly((long) LIMIT)
                    .hasSize(AT_ONCE);

            long residentMegabytes = ResidentMemory.megabytes(service.pid());
            log.infof("%d pages, then %d exports of long texts: resident %d MB", AT_ONCE, AT_ONCE, residentMegabytes);
            assertThat(residentMegabytes).as("resident MB").isLessThan(MAX_RESIDENT_MB);
        } finally {
            for (Socket socket : notReading) {
                socket.close();
            }
        }
    }

    private void sendTexts(String topic) {
        BodyWriter bodies = new BodyWriter(sensor, null, Description.NONE);
        Value text = new Value.Text("x".repeat(Value.MAX_TEXT_CODE_POINTS));
        try (KafkaProducer<byte[], byte[]> producer =
                BacklogTopic.producer(stack.kafka().bootstrapServers())) {
            for (int i = 0; i < READINGS; i++) {
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(
                        topic, sensor.value().getBytes(US_ASCII), bodies.write(START_MILLIS + i, text)));
            }
        }
    }

    /** Asks for a page of its own, and reads nothing. */
    private Socket page(ServiceProcess service, int number) throws IOException {
        URI base = URI.create(service.baseUrl());
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress(base.getHost(), base.getPort()));
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(path(number))
                        .getBytes(US_ASCII));
        return socket;
    }

    private String path(int number) {
        return "/api/v1/sensors/%s/readings?limit=%d&from=%d&to=%d"
                .formatted(sensor, LIMIT, START_MILLIS + number, START_MILLIS + READINGS);
    }

    /** How many objects end in each of as many answers, no two of the same range. */
    private List<Long> readAtOnce(ServiceProcess service, String accept) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Callable<Long>> reads = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(service.baseUrl() + path(NOT_READING + i)))
                        .header("Accept", accept)
                        .timeout(LONGEST)
                        .build();
                reads.add(() -> ends(http.send(request, HttpResponse.BodyHandlers.ofInputStream())));
            }
            List<Long> ends = new ArrayList<>();
            for (Future<Long> read : readers.invokeAll(reads)) {
                ends.add(read.get());
            }
            return ends;
        } finally {
            readers.shutdownNow();
        }
    }

    private static long ends(HttpResponse<InputStream> answer) throws IOException {
        assertThat(answer.statusCode()).isEqualTo(200);
        long ends = 0;
        try (InputStream body = answer.body()) {
            byte[] buffer = new byte[1 << 16];
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    ends += buffer[i] == '}' ? 1 : 0;
                }
            }
        }
        return ends;
    }
}
