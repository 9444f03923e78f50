package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.LongTests;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorId;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hundred exports at once from the packaged service with 256 MB of heap: clients that read 10 bytes a second, some
 * that leave, some that wait for their turn. Others are served meanwhile. With {@code -Dlong -Dminutes=10} of a million
 * readings, and the slow clients stay until they are let go.
 */
@Tag("servers")
@Tag("long")
class CrowdedExportsIT {

    private static final Logger log = Logger.getLogger(CrowdedExportsIT.class);
    private static final boolean IS_FULL_SIZE = LongTests.isFullSize();
    private static final int READINGS = IS_FULL_SIZE ? 1_000_000 : 150_000;
    private static final int EXPORTS = 200;
    private static final int PLACES = 32;
    private static final int WAITING = 128;
    private static final int SLOW = 40;

    /** Those who are read to the end, of those who wait. */
    private static final int PATIENT = IS_FULL_SIZE ? 60 : 20;

    private static final Duration LIMIT = Duration.ofMinutes(IS_FULL_SIZE ? 10 : 3);
    private static final long END_MILLIS = Instant.parse("2026-02-01T00:00:00Z").toEpochMilli();

    /** Heap of 256 MB, and what a JVM needs besides. */
    private static final long MAX_RESIDENT_MB = 671;

    private final SharedStack stack = SharedStack.get();
    private final HttpClient http = HttpClient.newHttpClient();
    private final StoredSensor sensor = new StoredSensor(new SensorId("crowded"), READINGS, END_MILLIS);

    @Test
    void exportsWaitForEachOtherInLittleMemoryWhileOthersAreServed(@TempDir Path directory) throws Exception {
        String topic = "sensors.crowded-" + stack.nextNumber();
        stack.kafka().createTopic(topic, BacklogTopic.PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .withJvmOptions("-Xmx256m")
                .with("mp.messaging.incoming.sensors.group.id", topic)
                .ofTopic(topic)
                .with("telltale.storage.keyspace", "telltale_crowded_" + stack.nextNumber())
                .with("telltale.query.deadline", "10m");
        List<Socket> slow = new ArrayList<>();
        List<Socket> others = new ArrayList<>();
        ScheduledExecutorService trickle = Executors.newSingleThreadScheduledExecutor();
        try (ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            History.store(
                    stack.kafka(),
                    topic,
                    List.of(sensor),
                    () -> ServiceMetrics.of(service.baseUrl()).written().readings(),
                    1);
            for (int i = 0; i < SLOW; i++) {
                slow.add(export(service));
            }
            ScheduledFuture<?> unused = trickle.scheduleAtFixedRate(
                    () -> slow.forEach(CrowdedExportsIT::readALittle), 1, 1, TimeUnit.SECONDS);
            awaitQueries(service, PLACES, SLOW - PLACES);
            for (int i = SLOW; i < EXPORTS; i++) {
                others.add(export(service));
            }
            awaitQueries(service, PLACES, WAITING);

            assertOthersAreServed(service);
            await().atMost(LIMIT).untilAsserted(() -> {
                removeRefused(others);
                assertThat(others).as("exports that wait").hasSize(PLACES + WAITING - SLOW);
            });
            while (others.size() > PATIENT) {
                others.remove(others.size() - 1).close();
            }
            awaitQueries(service, PLACES, SLOW - PLACES + PATIENT);
            if (!IS_FULL_SIZE) {
                closeAll(slow);
            }
            assertThat(readWhole(others)).containsOnly((long) READINGS).hasSize(PATIENT);

            awaitQueries(service, 0, 0);
            log.infof(
                    "%d exports of %,d readings: resident %d MB",
                    EXPORTS, READINGS, ResidentMemory.megabytes(service.pid()));
            assertThat(ResidentMemory.megabytes(service.pid()))
                    .as("resident MB")
                    .isLessThan(MAX_RESIDENT_MB);
        } finally {
            trickle.shutdownNow();
            closeAll(slow);
            closeAll(others);
        }
    }

    /** Asks for all that the sensor has, and reads nothing yet. */
    private Socket export(ServiceProcess service) throws IOException {
        URI base = URI.create(service.baseUrl());
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.setSoTimeout((int) LIMIT.toMillis());
        socket.connect(new InetSocketAddress(base.getHost(), base.getPort()));
        socket.getOutputStream()
                .write(("GET /api/v1/sensors/%s/readings?from=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                        .formatted(sensor.id())
                                + "Accept: application/x-ndjson\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void readALittle(Socket socket) {
        try {
            InputStream body = socket.getInputStream();
            if (body.available() > 0) {
                byte[] unused = body.readNBytes(Math.min(10, body.available()));
            }
        } catch (IOException gone) {
            log.debugf("A slow client was let go: %s", gone.getMessage());
        }
    }

    private void assertOthersAreServed(ServiceProcess service) throws IOException, InterruptedException {
        String hour = "from=%d&to=%d".formatted(END_MILLIS - 3_600_000, END_MILLIS);
        for (String path : List.of(
                "/readings/latest",
                "/readings?" + hour,
                "/readings?order=desc&limit=100&" + hour,
                "/aggregates?interval=PT1M&" + hour)) {
            for (String accept : List.of("application/json", "application/x-ndjson")) {
                if (accept.equals("application/json") || path.startsWith("/aggregates") || path.endsWith("?" + hour)) {
                    assertServed(service, "/sensors/" + sensor.id() + path, accept);
                }
            }
        }
        assertServed(service, "/sensors", "application/json");
        assertServed(service, "/readings/latest?sensor=" + sensor.id(), "application/json");
    }

    private void assertServed(ServiceProcess service, String path, String accept)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(service.baseUrl() + "/api/v1" + path))
                        .header("Accept", accept)
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode())
                .as("%s as %s while exports take all places: %s", path, accept, answer.body())
                .isEqualTo(200);
        assertThat(ResidentMemory.megabytes(service.pid())).as("resident MB").isLessThan(MAX_RESIDENT_MB);
    }

    /** Those for whom there was no room are answered already. */
    private static void removeRefused(List<Socket> exports) throws IOException {
        List<Socket> refused = new ArrayList<>();
        for (Socket socket : exports) {
            if (socket.getInputStream().available() > 0) {
                assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                        .endsWith(" 429");
                refused.add(socket);
            }
        }
        exports.removeAll(refused);
        closeAll(refused);
    }

    /** How many lines each of them has, after its head. */
    private static List<Long> readWhole(List<Socket> exports) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(exports.size());
        try {
            List<Callable<Long>> reads = exports.stream()
                    .<Callable<Long>>map(socket -> () -> lines(socket))
                    .toList();
            List<Long> lines = new ArrayList<>();
            for (Future<Long> read : readers.invokeAll(reads)) {
                lines.add(read.get());
            }
            return lines;
        } finally {
            readers.shutdownNow();
        }
    }

    private static long lines(Socket socket) throws IOException {
        InputStream answer = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        long readings = 0;
        byte[] buffer = new byte[1 << 16];
        for (int read = answer.read(buffer); read >= 0; read = answer.read(buffer)) {
            for (int i = 0; i < read; i++) {
                // Neither the head nor the size of a chunk has one.
                readings += buffer[i] == '}' ? 1 : 0;
            }
        }
        return readings;
    }

    private static void awaitQueries(ServiceProcess service, int heavy, int waiting) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            ServiceMetrics metrics = ServiceMetrics.of(service.baseUrl());
            assertThat(metrics.sum("telltale_queries_heavy"))
                    .as("heavy queries")
                    .isEqualTo(heavy);
            assertThat(metrics.sum("telltale_queries_waiting")).as("that wait").isEqualTo(waiting);
        });
    }

    private static void closeAll(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
