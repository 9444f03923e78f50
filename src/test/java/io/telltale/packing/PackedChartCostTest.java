package io.telltale.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.api.Consistency;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.HistoryAccess;
import io.telltale.store.Layout;
import io.telltale.store.ManySensorRanges;
import io.telltale.store.PackingTables;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.store.Span;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What charts cost over HTTP, from rows and from packed history. Logs figures:
 * {@code mvn verify -Dlong -Dtest=PackedChartCostTest}.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PackedChartCostTest {

    private static final Logger log = Logger.getLogger(PackedChartCostTest.class);
    private static final long START = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();
    private static final long DAY = 24 * 3_600_000L;
    private static final int WRITERS = 24;
    private static final int ROUNDS = 101;
    private static final int ROUNDS_OF_ROWS = 2;

    @Inject
    PackingTables tables;

    @Inject
    ManySensorRanges ranges;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private byte[] body = {};

    @AfterEach
    void readRowsAgain() {
        HistoryAccess.read(false);
    }

    @Test
    void aMonthOfFiftySensorsByTheHour() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("chart-month")) {
            List<Sensor> sensors = sensors(fleet, 50);
            int days = Integer.getInteger("chart.days", 30);
            fill(sensors, days, 60_000);
            String query = "/api/v1/aggregates?%s&by=sensor&interval=1h&functions=count,min,max,avg,first,last%s"
                    .formatted(
                            String.join(
                                    "&",
                                    sensors.stream()
                                            .map(sensor -> "sensor=" + sensor.id())
                                            .toList()),
                            range(days));
            byte[] rows = measure("month of 50 sensors by the hour, rows", ROUNDS_OF_ROWS, query);
            measureReadings("month of 50 sensors, readings alone, rows", sensors, days);
            pack(sensors, days);
            byte[] packed = measure("month of 50 sensors by the hour, history", ROUNDS, query);
            measureReadings("month of 50 sensors, readings alone, history", sensors, days);
            assertThat(packed.length).isEqualTo(rows.length);
        }
    }

    @Test
    void aYearOfOneSensorByTheDay() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("chart-year")) {
            List<Sensor> sensors = sensors(fleet, 1);
            int days = Integer.getInteger("chart.days", 365);
            fill(sensors, days, 60_000);
            String query = "/api/v1/sensors/%s/aggregates?interval=1d&functions=count,min,max,avg,stddev%s"
                    .formatted(sensors.get(0).id(), range(days));
            byte[] rows = measure("year of 1 sensor by the day, rows", ROUNDS_OF_ROWS, query);
            pack(sensors, days);
            byte[] packed = measure("year of 1 sensor by the day, history", ROUNDS, query);
            assertThat(packed.length).isCloseTo(rows.length, Percentage.withPercentage(1));
        }
    }

    @Test
    void aDayOfOneSensorRaw() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("chart-day")) {
            List<Sensor> sensors = sensors(fleet, 1);
            fill(sensors, 1, 1_000);
            String query = "/api/v1/sensors/%s/readings?format=ndjson%s"
                    .formatted(sensors.get(0).id(), range(1));
            byte[] rows = measure("24 h of 1 sensor at 1 s, rows", 21, query);
            pack(sensors, 1);
            byte[] packed = measure("24 h of 1 sensor at 1 s, history", ROUNDS, query);
            assertThat(packed).isEqualTo(rows);
        }
    }

    private static String range(int days) {
        return "&from=%s&to=%s".formatted(Instant.ofEpochMilli(START), Instant.ofEpochMilli(START + days * DAY));
    }

    private static List<Sensor> sensors(TestFleet fleet, int count) {
        List<String> ids = Stream.generate(fleet::newSensor).limit(count).toList();
        ids.forEach(id -> fleet.send(id, START, 20.0));
        fleet.awaitStored();
        return ids.stream()
                .map(id -> new Sensor(new SensorId(id), new SensorType(fleet.type()), Description.NONE))
                .toList();
    }

    /** Writes steps of 0.1 around 20, the same at the same instant. */
    private static void fill(List<Sensor> sensors, int days, long stepMillis) throws Exception {
        long started = System.nanoTime();
        Layout layout = HistoryAccess.layout(sensors.get(0).type());
        AtomicLong written = new AtomicLong();
        long hours = days * 24L;
        parallel(hours, hour -> {
            Map<ReadingPartition, List<RecordedReading>> byPartition =
                    new TreeMap<>((one, other) -> one.toString().compareTo(other.toString()));
            for (Sensor sensor : sensors) {
                for (long millis = START + hour * 3_600_000;
                        millis < START + (hour + 1) * 3_600_000;
                        millis += stepMillis) {
                    byPartition
                            .computeIfAbsent(layout.partitionOf(sensor.id(), millis), first -> new ArrayList<>())
                            .add(new RecordedReading(
                                    new Reading(sensor.id(), sensor.type(), millis, value(millis)),
                                    new RecordOrigin(1, 3, millis / 1_000),
                                    millis + 5));
                }
            }
            byPartition.forEach((partition, readings) -> {
                HistoryAccess.write(partition, readings);
                written.addAndGet(readings.size());
            });
        });
        log.infof("Wrote %d readings in %.1f s", written.get(), (System.nanoTime() - started) / 1e9);
    }

    private static Value value(long millis) {
        return new Value.Numeric(
                (200 + Math.round(30 * Math.sin(millis / 13_000_000.0) + 2 * Math.sin(millis / 37_000.0))) / 10.0);
    }

    private void pack(List<Sensor> sensors, int days) throws Exception {
        long started = System.nanoTime();
        Layout layout = HistoryAccess.layout(sensors.get(0).type());
        Set<Span> spans = new LinkedHashSet<>();
        for (long millis = START; millis < START + days * DAY; millis += DAY / 4) {
            for (Sensor sensor : sensors) {
                spans.add(Span.of(layout.partitionOf(sensor.id(), millis)));
            }
        }
        List<Span> all = List.copyOf(spans);
        HistoryAccess.endLateWrites(all.get(0));
        parallel(all.size(), at -> {
            HistoryAccess.endLateWrites(all.get((int) at));
            assertThat(new SpanPacker(
                                    tables,
                                    new PackerWaits(),
                                    new Pace(10_000_000, System::nanoTime),
                                    new PackingMetrics(new SimpleMeterRegistry()),
                                    Clock.offset(Clock.systemUTC(), Duration.ofHours(25)))
                            .pack(all.get((int) at), layout))
                    .isTrue();
        });
        HistoryAccess.read(true);
        log.infof("Packed %d spans in %.1f s", all.size(), (System.nanoTime() - started) / 1e9);
    }

    private static void parallel(long count, LongConsumer work) throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                long at = i;
                all.add(writers.submit(() -> work.accept(at)));
            }
            for (Future<?> each : all) {
                each.get(5, TimeUnit.MINUTES);
            }
        } finally {
            writers.shutdownNow();
        }
    }

    /** Returns the body, after some rounds of which the first are warm-up. */
    private byte[] measure(String name, int rounds, String query) throws Exception {
        URI uri = URI.create("http://localhost:" + RestAssured.port + query);
        long[] first = new long[rounds];
        long[] all = new long[rounds];
        for (int round = rounds > 10 ? -rounds / 2 : 0; round < rounds; round++) {
            long started = System.nanoTime();
            long firstByte = read(uri) - started;
            if (round >= 0) {
                first[round] = firstByte;
                all[round] = System.nanoTime() - started;
            }
        }
        Arrays.sort(first);
        Arrays.sort(all);
        log.infof(
                "CHART %s: first byte p50 %.1f p99 %.1f ms, all p50 %.1f p99 %.1f ms, %d bytes, %d rounds",
                name,
                first[rounds / 2] / 1e6,
                first[rounds * 99 / 100] / 1e6,
                all[rounds / 2] / 1e6,
                all[rounds * 99 / 100] / 1e6,
                body.length,
                rounds);
        return body;
    }

    /** Reads all of a body; returns when its first byte came. */
    private long read(URI uri) throws IOException, InterruptedException {
        var response = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        try (InputStream in = response.body()) {
            int one = in.read();
            long first = System.nanoTime();
            byte[] rest = in.readAllBytes();
            body = new byte[rest.length + 1];
            body[0] = (byte) one;
            System.arraycopy(rest, 0, body, 1, rest.length);
            return first;
        }
    }

    private void measureReadings(String name, List<Sensor> sensors, int days) {
        long[] times = new long[ROUNDS_OF_ROWS];
        AtomicLong readings = new AtomicLong();
        for (int round = 0; round < ROUNDS_OF_ROWS; round++) {
            readings.set(0);
            long started = System.nanoTime();
            ranges.read(sensors, START, START + days * DAY, Consistency.DEFAULT)
                    .invoke(some -> some.forEach(
                            each -> readings.addAndGet(each.readings().size())))
                    .collect()
                    .last()
                    .await()
                    .atMost(Duration.ofMinutes(2));
            times[round] = System.nanoTime() - started;
        }
        Arrays.sort(times);
        log.infof("CHART %s: p50 %.0f ms, %d readings", name, times[ROUNDS_OF_ROWS / 2] / 1e6, readings.get());
    }
}
