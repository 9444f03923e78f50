package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MergedReadingsTest {

    private static final Comparator<Row> BY_SENSOR_AND_TIME =
            Comparator.comparingLong(Row::sensor).thenComparingLong(Row::timestampMillis);

    /** Records for few sensors and milliseconds, in segments and lists, each record in one source or several. */
    @Test
    void returnsTheWinnersOfAllSources() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int count = random.nextInt(8);
            List<TreeMap<Row, Row>> sources = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sources.add(new TreeMap<>(BY_SENSOR_AND_TIME));
            }
            Map<Row, Row> winners = new TreeMap<>(BY_SENSOR_AND_TIME);
            for (int i = 0; count > 0 && i < 1_000; i++) {
                Row row = record(random);
                winners.merge(row, row, MergedReadingsTest::winner);
                for (int copies = 1 + random.nextInt(3); copies > 0; copies--) {
                    // A source holds one reading per millisecond: the winner of its own records.
                    sources.get(random.nextInt(count)).merge(row, row, MergedReadingsTest::winner);
                }
            }

            List<ReadingCursor> cursors = new ArrayList<>();
            for (TreeMap<Row, Row> source : sources) {
                List<Row> rows = List.copyOf(source.values());
                cursors.add(
                        random.nextBoolean()
                                ? Row.cursor(rows)
                                : Segment.open(Row.segment(new SegmentWriter(50), rows))
                                        .readings());
            }
            List<Row> merged = Row.all(new MergedReadings(cursors));

            assertThat(merged).as("seed %d", seed).isEqualTo(List.copyOf(winners.values()));
        }
    }

    private static Row record(Random random) {
        return new Row(
                random.nextInt(5),
                random.nextInt(60),
                new Value.Numeric(random.nextInt()),
                random.nextInt(3),
                (long) random.nextInt(2) << 48 | random.nextInt(1_000_000),
                1,
                SegmentReading.NEVER);
    }

    /** As the contract states it, and at equal record times of two partitions as Cassandra compares bytes. */
    private static Row winner(Row one, Row other) {
        if (one.recordTimeMillis() != other.recordTimeMillis()) {
            return one.recordTimeMillis() > other.recordTimeMillis() ? one : other;
        }
        return Long.compareUnsigned(one.originPosition(), other.originPosition()) >= 0 ? one : other;
    }

    @Test
    void ordersCopiesRegardlessOfTheirSource() {
        List<Row> ascending = List.of(
                copy(1, 9, 1, SegmentReading.NEVER, new Value.Text("z")),
                copy(2, 1, 1, SegmentReading.NEVER, new Value.Text("z")),
                copy(2, 0xffffL << 48, 1, SegmentReading.NEVER, new Value.Text("z")),
                copy(2, 0xffffL << 48, 2, SegmentReading.NEVER, new Value.Numeric(-0.0)),
                copy(2, 0xffffL << 48, 2, 10, new Value.Numeric(1)),
                copy(2, 0xffffL << 48, 2, 11, new Value.Numeric(0.0)),
                copy(2, 0xffffL << 48, 2, 11, new Value.Numeric(-0.0)),
                copy(2, 0xffffL << 48, 2, 11, Value.Flag.FALSE),
                copy(2, 0xffffL << 48, 2, 11, Value.Flag.TRUE),
                copy(2, 0xffffL << 48, 2, 11, new Value.Text("a")),
                copy(2, 0xffffL << 48, 2, 11, new Value.Text("ä")));
        for (int lower = 0; lower < ascending.size(); lower++) {
            for (int higher = lower; higher < ascending.size(); higher++) {
                List<Row> one = List.of(ascending.get(lower));
                List<Row> other = List.of(ascending.get(higher));

                assertThat(Row.all(new MergedReadings(List.of(Row.cursor(one), Row.cursor(other)))))
                        .isEqualTo(other);
                assertThat(Row.all(new MergedReadings(List.of(Row.cursor(other), Row.cursor(one)))))
                        .isEqualTo(other);
            }
        }
    }

    private static Row copy(long recordTime, long position, int epoch, long expiry, Value value) {
        return new Row(1, 1_000, value, recordTime, position, epoch, expiry);
    }

    @Test
    void continuesBehindADamagedSpan() {
        List<Row> rows = new RandomRows(new Random(4)).rowsOf(1, 300);
        byte[] damaged = Row.segment(new SegmentWriter(100), rows);
        damaged[damaged.length - 1] ^= 1;
        List<Row> others = new RandomRows(new Random(5)).rowsOf(2, 10);

        MergedReadings merged =
                new MergedReadings(Arrays.asList(Segment.open(damaged).readings(), Row.cursor(others)));

        List<Row> found = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            assertThat(merged.next()).isTrue();
            found.add(Row.copyOf(merged));
        }
        assertThatThrownBy(merged::next).isInstanceOfSatisfying(DamagedSegmentException.class, e -> assertThat(e.span())
                .hasValueSatisfying(span -> assertThat(span.count()).isEqualTo(100)));
        found.addAll(Row.all(merged));
        List<Row> expected = new ArrayList<>(rows.subList(0, 200));
        expected.addAll(others);
        assertThat(found).isEqualTo(expected);
    }
}
