package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.segment.DamagedSegmentException;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Selects readings from a pack in memory, and compares them with a plain list. */
class SelectedPackTest {

    private static final SensorType TYPE = new SensorType("pack-test");
    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final Sensor SENSOR = new Sensor(new SensorId("a"), TYPE, Description.NONE);
    private static final Span SPAN = new Span(TYPE, 0, START);
    private static final UUID PACK = new UUID(1, 2);

    private final List<History.Found> segments = new ArrayList<>();
    private final List<PackableReading> all = new ArrayList<>();
    private int requests;

    private final History history = new History(PackingFixture.disconnected()) {
        @Override
        Uni<List<Found>> at(Span span, UUID pack, SensorId sensorId, long millis, DefaultConsistencyLevel level) {
            return Uni.createFrom().item(() -> {
                requests++;
                return segments.stream()
                        .filter(segment -> segment.startMillis() <= millis)
                        .reduce((one, other) -> other)
                        .stream()
                        .toList();
            });
        }

        @Override
        Uni<List<Found>> between(
                Span span,
                UUID pack,
                SensorId sensorId,
                long afterMillis,
                long beforeMillis,
                Order order,
                int limit,
                DefaultConsistencyLevel level) {
            Comparator<Found> byStart = Comparator.comparingLong(Found::startMillis);
            return Uni.createFrom().item(() -> {
                requests++;
                return segments.stream()
                        .filter(segment -> segment.startMillis() > afterMillis && segment.startMillis() < beforeMillis)
                        .sorted(order == Order.ASC ? byStart : byStart.reversed())
                        .limit(limit)
                        .toList();
            });
        }
    };

    /** Up to twelve segments of up to twenty readings. */
    private void fill(Random random) {
        segments.clear();
        all.clear();
        long millis = START + random.nextInt(100);
        for (int segment = random.nextInt(12); segment >= 0; segment--) {
            List<PackableReading> some = new ArrayList<>();
            for (int i = random.nextInt(20); i >= 0; i--) {
                some.add(new PackableReading(
                        SENSOR.id(), millis, new Value.Numeric(all.size()), 1, 1, 1, SegmentReading.NEVER));
                millis += 1 + random.nextInt(600);
            }
            add(some);
        }
    }

    private void add(List<PackableReading> some) {
        all.addAll(some);
        segments.add(new History.Found(
                some.get(0).timestampMillis(), PackingFixture.segment(some).segment()));
    }

    private SelectedReadings select(RangeRead read, int most) {
        SelectedReadings selected = new SelectedReadings(read, most);
        new SelectedPack(history, SPAN, PACK, read, selected).select().await().atMost(Duration.ofSeconds(10));
        return selected;
    }

    private static RangeRead read(long from, long to, Order order) {
        return new RangeRead(
                SENSOR,
                from,
                to,
                order,
                Consistency.DEFAULT,
                List.of(),
                true,
                new RangeRead.Remaining(10),
                new PageSize(TYPE, new PageSize.RowSizes()));
    }

    @Test
    void selectsWhatAListHas() {
        Random random = new Random(93);
        for (int round = 0; round < 1_000; round++) {
            fill(random);
            long from = START + random.nextInt(70_000) - 5_000;
            RangeRead read = read(from, from + random.nextInt(90_000), random.nextBoolean() ? Order.ASC : Order.DESC);
            int most = new int[] {1, 5, 4_000}[random.nextInt(3)];
            Comparator<PackableReading> byTime = Comparator.comparingLong(PackableReading::timestampMillis);
            List<StoredReading> expected = all.stream()
                    .filter(reading -> reading.timestampMillis() >= read.fromMillis()
                            && reading.timestampMillis() < read.toMillis())
                    .sorted(read.order() == Order.ASC ? byTime : byTime.reversed())
                    .map(PackableReading::stored)
                    .toList();
            SelectedReadings selected = select(read, most);
            assertThat(selected.page(0).readings())
                    .as("round %d: %s most=%d", round, read, most)
                    .isEqualTo(expected.subList(0, Math.min(most, expected.size())));
            assertThat(selected.isCut()).isEqualTo(expected.size() > most);
        }
    }

    @Test
    void readsOnlyTheFirstSegmentsWhereTheseSuffice() {
        for (int segment = 0; segment < 20; segment++) {
            add(List.of(new PackableReading(
                    SENSOR.id(), START + segment, new Value.Numeric(segment), 1, 1, 1, SegmentReading.NEVER)));
        }
        for (Order order : Order.values()) {
            requests = 0;
            assertThat(select(read(START, START + 100, order), 1).page(0).size())
                    .isEqualTo(1);
            assertThat(requests).isEqualTo(1);
            requests = 0;
            assertThat(select(read(START, START + 100, order), 4_000).page(0).size())
                    .isEqualTo(20);
            // Two segments each. Only in the descending order it is known that none is behind the last one.
            assertThat(requests).isEqualTo(order == Order.ASC ? 11 : 10);
        }
    }

    /** Nothing else has the readings, so the read fails. */
    @Test
    void damageIsNamed() {
        fill(new Random(1));
        History.Found first = segments.get(0);
        byte[] bytes = first.bytes().clone();
        bytes[bytes.length - 1] ^= 1;
        segments.set(0, new History.Found(first.startMillis(), bytes));
        for (Order order : Order.values()) {
            assertThatThrownBy(() -> select(read(START, START + 200_000, order), 4_000))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(
                            "sensor=a type=pack-test shard=0 span=%d pack=%s start=%d",
                            START, PACK, first.startMillis())
                    .hasRootCauseInstanceOf(DamagedSegmentException.class);
        }
    }
}
