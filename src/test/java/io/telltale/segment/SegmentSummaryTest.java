package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.telltale.sensors.Value;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class SegmentSummaryTest {

    private final Summarizer summarizer = new Summarizer();

    @Test
    void summarizesRandomNumbers() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            double[] numbers = numbers(random, 1 + random.nextInt(2_000));

            SegmentSummary summary = restored(summary(numbers));

            BigDecimal sum = Arrays.stream(numbers).mapToObj(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
            double mean = sum.doubleValue() / numbers.length;
            double squares =
                    Arrays.stream(numbers).map(n -> (n - mean) * (n - mean)).sum();
            assertThat(summary.count()).isEqualTo(numbers.length);
            assertThat(summary.numberCount()).isEqualTo(numbers.length);
            assertThat(summary.min()).isEqualTo(Arrays.stream(numbers).min().orElseThrow());
            assertThat(summary.max()).isEqualTo(Arrays.stream(numbers).max().orElseThrow());
            assertThat(summary.sum() + summary.lost()).as("seed %d", seed).isEqualTo(sum.doubleValue());
            assertThat(summary.squares()).as("seed %d", seed).isCloseTo(squares, within(1e-9 * (1 + squares)));
            assertThat(summary.first().value()).isEqualTo(new Value.Numeric(numbers[0]));
            assertThat(summary.last().timestampMillis()).isEqualTo(1_000L * (numbers.length - 1));
        }
    }

    private static double[] numbers(Random random, int count) {
        boolean areDecimals = random.nextBoolean();
        return random.doubles(count)
                .map(unit -> areDecimals ? Math.rint(400 * unit) / 10 : 1e6 * (unit - 0.5))
                .toArray();
    }

    @Test
    void sketchesRanksWithinHalfAPoint() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            double[] numbers = numbers(random, 1 + random.nextInt(5_000));
            SegmentSummary summary = restored(summary(numbers));
            double[] sorted = numbers.clone();
            Arrays.sort(sorted);

            long below = 0;
            for (int point = 0; point < summary.points(); point++) {
                long weight = summary.pointWeight(point);
                // Where the point lies among the numbers: anywhere in its group if it occurs several times.
                int at = Arrays.binarySearch(sorted, summary.pointValue(point));
                assertThat(at).as("seed %d", seed).isNotNegative();
                int first = at;
                int last = at;
                while (first > 0 && sorted[first - 1] == sorted[at]) {
                    first--;
                }
                while (last + 1 < sorted.length && sorted[last + 1] == sorted[at]) {
                    last++;
                }
                double middle = below + (weight - 1) / 2.0;
                assertThat(middle).as("seed %d", seed).isBetween(first - 1.0, last + 1.0);
                assertThat(weight)
                        .isLessThanOrEqualTo(
                                summary.points() < Summarizer.MAX_POINTS
                                        ? numbers.length
                                        : numbers.length / 64 + 1 + (last - first));
                below += weight;
            }
            assertThat(below).isEqualTo(numbers.length);
        }
    }

    @Test
    void countsBooleansAsNumbersAndTextsAsReadings() {
        add(0, Value.Flag.TRUE);
        add(1, new Value.Text("open"));
        add(2, Value.Flag.FALSE);

        SegmentSummary summary = restored(summarizer.finish());

        assertThat(summary.count()).isEqualTo(3);
        assertThat(summary.numberCount()).isEqualTo(2);
        assertThat(summary.sum()).isEqualTo(1);
        assertThat(summary.first().value()).isEqualTo(Value.Flag.TRUE);
    }

    @Test
    void summarizesTextsWithoutNumbers() {
        add(0, new Value.Text("geöffnet"));

        SegmentSummary summary = restored(summarizer.finish());

        assertThat(summary.hasNumbers()).isFalse();
        assertThat(summary.last().value()).isEqualTo(new Value.Text("geöffnet"));
        assertThatThrownBy(summary::sum).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void leavesOutNumbersWhoseSquaresOverflow() {
        add(0, new Value.Numeric(1));
        add(1, new Value.Numeric(1e300));

        assertThat(restored(summarizer.finish()).hasNumbers()).isFalse();
        add(0, new Value.Numeric(1));
        assertThat(summarizer.finish().hasNumbers()).isTrue();
    }

    @Test
    void refusesASummaryOfNothing() {
        assertThatThrownBy(summarizer::finish).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void findsDamage() {
        byte[] intact = summary(numbers(new Random(1), 900)).encode();
        Random random = new Random(2);
        List<byte[]> damaged = new ArrayList<>();
        for (int length = 0; length < intact.length; length++) {
            damaged.add(Arrays.copyOf(intact, length));
        }
        for (int i = 0; i < 8 * intact.length; i++) {
            byte[] flipped = intact.clone();
            flipped[i / 8] ^= (byte) (1 << i % 8);
            damaged.add(flipped);
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            damaged.add(noise);
        }
        for (byte[] bytes : damaged) {
            assertThatThrownBy(() -> SegmentSummary.decode(bytes)).isInstanceOf(DamagedSegmentException.class);
        }
    }

    @Test
    void survivesDamageWithARightChecksum() {
        byte[] intact = summary(numbers(new Random(1), 900)).encode();
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = intact.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            CRC32C checksum = new CRC32C();
            checksum.update(bytes, 0, bytes.length - 4);
            ByteSink.INT.set(bytes, bytes.length - 4, (int) checksum.getValue());
            try {
                SegmentSummary.decode(bytes);
            } catch (DamagedSegmentException | UnsupportedSegmentVersionException e) {
                // The two that are documented.
            }
        }
    }

    private SegmentSummary summary(double[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            add(i, new Value.Numeric(numbers[i]));
        }
        return summarizer.finish();
    }

    private void add(int second, Value value) {
        summarizer.add(new Row(1, 1_000L * second, value, 0, 0, 1, SegmentReading.NEVER));
    }

    private static SegmentSummary restored(SegmentSummary summary) {
        byte[] bytes = summary.encode();
        SegmentSummary restored = SegmentSummary.decode(bytes);
        assertThat(restored.encode()).isEqualTo(bytes);
        return restored;
    }
}
