package io.telltale.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.HistoryAccess;
import io.telltale.store.Layout;
import io.telltale.store.PackingTables;
import io.telltale.store.ReadingStore;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.store.Span;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A day of one reading per second, from rows and from history: {@code mvn verify -Dlong -Dtest=PackedDayCostTest}. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PackedDayCostTest {

    private static final Logger log = Logger.getLogger(PackedDayCostTest.class);
    private static final long START = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    private static final int SECONDS = 24 * 3_600;
    private static final int ROUNDS = 21;

    @Inject
    PackingTables tables;

    @Inject
    ReadingStore store;

    @Test
    void aPackedDayIsCheaperThanRows() {
        Sensor sensor = new Sensor(
                new SensorId("day-" + SharedStack.get().nextNumber()), new SensorType("packed-day"), Description.NONE);
        write(sensor);
        long started = System.nanoTime();
        pack(sensor);
        log.infof("Packed %d readings in %d ms", SECONDS, millis(System.nanoTime() - started));
        long[][] first = new long[2][ROUNDS];
        long[][] all = new long[2][ROUNDS];
        try {
            for (int round = 0; round < ROUNDS; round++) {
                for (int source = 0; source < 2; source++) {
                    HistoryAccess.read(source == 1);
                    read(sensor, first[source], all[source], round);
                }
            }
        } finally {
            HistoryAccess.read(false);
        }
        for (int source = 0; source < 2; source++) {
            Arrays.sort(first[source]);
            Arrays.sort(all[source]);
            log.infof(
                    "24 h at 1 s from %s: p50 to the first readings %.1f ms, to the last %.1f ms",
                    source == 0 ? "rows" : "history", first[source][ROUNDS / 2] / 1e6, all[source][ROUNDS / 2] / 1e6);
        }
        assertThat(all[1][ROUNDS / 2]).isLessThan(all[0][ROUNDS / 2]);
    }

    private void read(Sensor sensor, long[] first, long[] all, int round) {
        long started = System.nanoTime();
        AtomicLong readings = new AtomicLong();
        store.range(sensor, START, START + SECONDS * 1_000L, Order.ASC, Long.MAX_VALUE, Consistency.DEFAULT)
                .invoke(page -> {
                    if (readings.getAndAdd(page.size()) == 0) {
                        first[round] = System.nanoTime() - started;
                    }
                })
                .collect()
                .last()
                .await()
                .atMost(Duration.ofSeconds(60));
        all[round] = System.nanoTime() - started;
        assertThat(readings).hasValue(SECONDS);
    }

    private static void write(Sensor sensor) {
        Layout layout = HistoryAccess.layout(sensor.type());
        IntStream.range(0, SECONDS)
                .mapToObj(second -> new RecordedReading(
                        new Reading(
                                sensor.id(),
                                sensor.type(),
                                START + second * 1_000L,
                                new Value.Numeric(200 + Math.round(100 * Math.sin(second / 600.0)) / 10.0)),
                        new RecordOrigin(1, 3, 1_000L * second),
                        START + second * 1_000L + 5))
                .collect(Collectors.groupingBy(record ->
                        layout.partitionOf(sensor.id(), record.reading().timestampMillis())))
                .forEach(HistoryAccess::write);
    }

    private void pack(Sensor sensor) {
        Layout layout = HistoryAccess.layout(sensor.type());
        SpanPacker packer = new SpanPacker(
                tables,
                new PackerWaits(),
                new Pace(10_000_000, System::nanoTime),
                new PackingMetrics(new SimpleMeterRegistry()),
                Clock.offset(Clock.systemUTC(), Duration.ofHours(25)));
        for (int hour : List.of(0, 6, 12, 18)) {
            Span span = Span.of(layout.partitionOf(sensor.id(), START + hour * 3_600_000L));
            HistoryAccess.endLateWrites(span);
            assertThat(packer.pack(span, layout)).isTrue();
        }
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }
}
