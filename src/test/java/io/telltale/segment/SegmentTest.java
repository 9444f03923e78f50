package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Compares segments with plain lists. */
class SegmentTest {

    private static final int CASES = 300;
    private static final long NOON_MILLIS = 1_769_860_800_000L;
    private static final TimeRange ALWAYS = new TimeRange(Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS);

    @Test
    void restoresRandomReadings() {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            List<Row> rows = new RandomRows(random).rows(30, 700);
            SegmentWriter writer = new SegmentWriter(1 + random.nextInt(1_000));

            // The second segment of the same writer shows that the first one left nothing behind.
            Row.segment(writer, rows);
            Segment segment = Segment.open(Row.segment(writer, rows));

            assertThat(Row.all(segment.readings())).as("seed %d", seed).isEqualTo(rows);
            assertThat(segment.count()).as("seed %d", seed).isEqualTo(rows.size());
            assertThat(segment.spans().stream().mapToLong(SegmentSpan::count).sum())
                    .as("seed %d", seed)
                    .isEqualTo(rows.size());
        }
    }

    @Test
    void readsOneSensorWithinARange() {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            List<Row> rows = new RandomRows(random).rows(12, 1_500);
            if (rows.isEmpty()) {
                continue;
            }
            Segment segment = Segment.open(Row.segment(new SegmentWriter(1 + random.nextInt(2_000)), rows));
            for (int i = 0; i < 20; i++) {
                Row one = rows.get(random.nextInt(rows.size()));
                Row other = rows.get(random.nextInt(rows.size()));
                long sensor = random.nextInt(20) == 0 ? random.nextLong() : one.sensor();
                long from = one.timestampMillis() + random.nextInt(3) - 1;
                long to =
                        other.sensor() == one.sensor() ? other.timestampMillis() + random.nextInt(3) - 1 : from + 9_999;
                TimeRange range = new TimeRange(
                        Math.max(Math.min(from, to), Reading.MIN_TIMESTAMP_MILLIS),
                        Math.min(Math.max(from, to), Reading.MAX_TIMESTAMP_MILLIS));

                assertThat(Row.all(segment.readings(sensor, range)))
                        .as("seed %d", seed)
                        .isEqualTo(rows.stream()
                                .filter(row -> row.sensor() == sensor && range.contains(row.timestampMillis()))
                                .toList());
            }
        }
    }

    @Test
    void restoresEachDoubleBitForBit() {
        List<Row> rows = new ArrayList<>();
        double[] numbers = {-0.0, 0.0, 20.1, -0.0, Double.MIN_VALUE, Double.MAX_VALUE, 1e22, 0x1p63, -1e-7};
        for (int i = 0; i < numbers.length; i++) {
            rows.add(row(1, NOON_MILLIS + i, new Value.Numeric(numbers[i])));
        }

        List<Row> restored =
                Row.all(Segment.open(Row.segment(new SegmentWriter(900), rows)).readings());

        for (int i = 0; i < numbers.length; i++) {
            assertThat(Double.doubleToRawLongBits(
                            ((Value.Numeric) restored.get(i).value()).number()))
                    .isEqualTo(Double.doubleToRawLongBits(numbers[i]));
        }
    }

    @Test
    void writesAnEmptySegment() {
        Segment segment = Segment.open(new SegmentWriter(900).finish());

        assertThat(segment.readings().next()).isFalse();
        assertThat(segment.readings(1, ALWAYS).next()).isFalse();
        assertThat(segment.spans()).isEmpty();
    }

    @Test
    void sharesABlockAmongSmallSensors() {
        List<Row> rows = new ArrayList<>();
        for (int sensor = 0; sensor < 100; sensor++) {
            rows.add(row(sensor, NOON_MILLIS + sensor % 7, new Value.Numeric(sensor)));
        }

        byte[] segment = Row.segment(new SegmentWriter(900), rows);

        assertThat(segment.length).isLessThan(100 * 16);
        assertThat(Row.all(Segment.open(segment).readings(42, ALWAYS))).containsExactly(rows.get(42));
    }

    @Test
    void givesALargeSensorBlocksOfItsOwn() {
        List<Row> rows = new ArrayList<>();
        rows.add(row(1, NOON_MILLIS, Value.Flag.TRUE));
        for (int i = 0; i < 2_000; i++) {
            rows.add(row(2, NOON_MILLIS + i, Value.Flag.TRUE));
        }
        rows.add(row(3, NOON_MILLIS, Value.Flag.TRUE));

        List<SegmentSpan> spans =
                Segment.open(Row.segment(new SegmentWriter(900), rows)).spans();

        assertThat(spans)
                .containsExactly(
                        new SegmentSpan(1, NOON_MILLIS, NOON_MILLIS, 1),
                        new SegmentSpan(2, NOON_MILLIS, NOON_MILLIS + 899, 900),
                        new SegmentSpan(2, NOON_MILLIS + 900, NOON_MILLIS + 1_799, 900),
                        new SegmentSpan(2, NOON_MILLIS + 1_800, NOON_MILLIS + 1_999, 200),
                        new SegmentSpan(3, NOON_MILLIS, NOON_MILLIS, 1));
    }

    @Test
    void refusesReadingsOutOfOrder() {
        SegmentWriter writer = new SegmentWriter(900);
        writer.add(row(2, NOON_MILLIS, Value.Flag.TRUE));

        assertThatThrownBy(() -> writer.add(row(2, NOON_MILLIS, Value.Flag.TRUE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not behind");
        assertThatThrownBy(() -> writer.add(row(1, NOON_MILLIS + 1, Value.Flag.TRUE)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesAnExpiryBeforeTheReading() {
        Row expired = new Row(1, NOON_MILLIS, Value.Flag.TRUE, NOON_MILLIS, 0, 1, NOON_MILLIS / 1_000);

        assertThatThrownBy(() -> new SegmentWriter(900).add(expired))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expiry");
    }

    private static Row row(long sensor, long millis, Value value) {
        return new Row(sensor, millis, value, millis + 5, 3L << 48 | 1_000, 1, SegmentReading.NEVER);
    }
}
