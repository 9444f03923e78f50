package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
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
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What minutes cost that are not merged: 10,000 sensors at one reading per second, a flush each quarter of a second.
 * {@code mvn verify -Dlong -Dtest=FreshReadCostTest}.
 */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class FreshReadCostTest {

    private static final Logger log = Logger.getLogger(FreshReadCostTest.class);
    private static final int MINUTES = 3;
    private static final int FLUSHES = 240;
    private static final int SENSORS_OF_A_FLUSH = 2_500;
    private static final int CONCURRENT_FLUSHES = 8;
    private static final int ROUNDS = 41;

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    Retention retention;

    @Inject
    ReadingStore store;

    private final Clock clock = Clock.systemUTC();
    private SensorType type = new SensorType("none");

    @Test
    void aReadCostsMoreWithEachMinute() {
        await(database.whenReady());
        type = new SensorType("fresh-cost-" + SharedStack.get().nextNumber());
        await(new Layouts(database, StoreSettings.in(config.keyspace()).withSegments(), clock)
                .toPlace(type, clock.millis()));
        Sensor sensor = new Sensor(id(7), type, Description.NONE);
        long start = FreshMinute.startOf(clock.millis()) - MINUTES * FreshMinute.MILLIS;
        for (int minute = 0; minute < MINUTES; minute++) {
            long from = start + minute * FreshMinute.MILLIS;
            long begin = System.nanoTime();
            write(from);
            log.infof(
                    "Wrote %d readings in %d ms",
                    FLUSHES * SENSORS_OF_A_FLUSH, (System.nanoTime() - begin) / 1_000_000);
            int readings = 60 * (minute + 1);
            log.infof(
                    "Minutes that are not merged: %d; p50 of the last 15 min of a sensor %.1f ms, of its newest reading"
                            + " %.1f ms",
                    minute + 1,
                    median(() -> range(sensor, start, Order.ASC, Long.MAX_VALUE), readings),
                    median(() -> range(sensor, start, Order.DESC, 1), 1));
        }
    }

    private static SensorId id(int number) {
        return new SensorId("sensor-" + (100_000 + number));
    }

    private void write(long minuteMillis) {
        FreshWriter writer =
                new FreshWriter(database, retention, Clock.fixed(Instant.ofEpochMilli(minuteMillis), ZoneOffset.UTC));
        await(Multi.createFrom()
                .range(0, FLUSHES)
                .onItem()
                .transformToUni(flush -> writer.write(new Lane(type, Lane.FIRST), rows(flush(minuteMillis, flush))))
                .merge(CONCURRENT_FLUSHES)
                .collect()
                .last());
    }

    private List<RecordedReading> flush(long minuteMillis, int flush) {
        return IntStream.range(0, SENSORS_OF_A_FLUSH)
                .mapToObj(i -> {
                    int number = flush % 4 * SENSORS_OF_A_FLUSH + i;
                    long millis = minuteMillis + flush * 250L + number % 250;
                    return new RecordedReading(
                            new Reading(id(number), type, millis, new Value.Numeric(200 + number * 7 % 400 / 10.0)),
                            new RecordOrigin(1, number % 12, millis % 1_000_000_000),
                            millis + 5);
                })
                .toList();
    }

    private int range(Sensor sensor, long start, Order order, long limit) {
        return await(store.range(sensor, start, start + MINUTES * FreshMinute.MILLIS, order, limit, Consistency.DEFAULT)
                        .collect()
                        .asList())
                .stream()
                .mapToInt(List::size)
                .sum();
    }

    private static double median(Supplier<Integer> read, int expected) {
        long[] nanos = new long[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            assertThat(read.get()).isEqualTo(expected);
            nanos[round] = System.nanoTime() - begin;
        }
        Arrays.sort(nanos);
        return nanos[ROUNDS / 2] / 1e6;
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofMinutes(2));
    }
}
