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
import java.util.TreeMap;
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
    void countsFewDifferentNumbers() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int different = 1 + random.nextInt(2 * Summarizer.MAX_DIFFERENT);
            double[] numbers = random.ints(1 + random.nextInt(1_000), 0, different)
                    .mapToDouble(number -> number / 10.0 - 1)
                    .toArray();
            TreeMap<Double, Long> expected = new TreeMap<>();
            Arrays.stream(numbers).forEach(number -> expected.merge(number, 1L, Long::sum));

            SegmentSummary summary = restored(summary(numbers));

            assertThat(summary.hasAllNumbers())
                    .as("seed %d", seed)
                    .isEqualTo(expected.size() <= Summarizer.MAX_DIFFERENT);
            if (summary.hasAllNumbers()) {
                TreeMap<Double, Long> found = new TreeMap<>();
                for (int i = 0; i < summary.differentNumbers(); i++) {
                    found.put(summary.number(i), summary.occurrences(i));
                }
                assertThat(found).as("seed %d", seed).isEqualTo(expected);
            } else {
                assertThat(summary.differentNumbers()).isZero();
            }
        }
    }

    @Test
    void endsASummaryWithItsHourUnlessItIsShort() {
        List<Long> counts = new ArrayList<>();
        for (int minutes : new int[] {1, 4, 360}) {
            for (int minute = 15; minute < 6 * 60; minute += minutes) {
                add(60 * minute, new Value.Numeric(minute));
            }
            List<SegmentSummary> summaries = summarizer.finish();
            assertThat(SegmentSummary.decode(SegmentSummary.encode(summaries)))
                    .extracting(SegmentSummary::count)
                    .isEqualTo(summaries.stream().map(SegmentSummary::count).toList());
            summaries.forEach(summary -> counts.add(summary.count()));
        }
        assertThat(counts).containsExactly(45L, 60L, 60L, 60L, 60L, 60L, 42L, 30L, 15L, 1L);
    }

    @Test
    void knowsTheFirstExpiry() {
        for (long expiry : new long[] {0, -1, 1_770_000_000, SegmentReading.NEVER}) {
            summarizer.add(new Row(1, 0, new Value.Numeric(1), 0, 0, 1, SegmentReading.NEVER));
            summarizer.add(new Row(1, 1, new Value.Numeric(1), 0, 0, 1, expiry));
            summarizer.add(new Row(1, 2, new Value.Numeric(1), 0, 0, 1, SegmentReading.NEVER));
            assertThat(restored(one(summarizer.finish())).firstExpirySecond()).isEqualTo(expiry);
        }
    }

    @Test
    void countsBooleansAsNumbersAndTextsAsReadings() {
        add(0, Value.Flag.TRUE);
        add(1, new Value.Text("open"));
        add(2, Value.Flag.FALSE);

        SegmentSummary summary = restored(one(summarizer.finish()));

        assertThat(summary.count()).isEqualTo(3);
        assertThat(summary.numberCount()).isEqualTo(2);
        assertThat(summary.sum()).isEqualTo(1);
        assertThat(summary.first().value()).isEqualTo(Value.Flag.TRUE);
    }

    @Test
    void summarizesTextsWithoutNumbers() {
        add(0, new Value.Text("geöffnet"));

        SegmentSummary summary = restored(one(summarizer.finish()));

        assertThat(summary.hasStatistics()).isFalse();
        assertThat(summary.numberCount()).isZero();
        assertThat(summary.last().value()).isEqualTo(new Value.Text("geöffnet"));
        assertThatThrownBy(summary::sum).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void leavesOutNumbersWhoseSquaresOverflow() {
        add(0, new Value.Numeric(1));
        add(1, new Value.Numeric(1e300));

        SegmentSummary summary = restored(one(summarizer.finish()));
        assertThat(summary.hasStatistics()).isFalse();
        assertThat(summary.numberCount()).isEqualTo(2);
        add(0, new Value.Numeric(1));
        assertThat(one(summarizer.finish()).hasStatistics()).isTrue();
    }

    @Test
    void refusesASummaryOfNothing() {
        assertThatThrownBy(summarizer::finish).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void findsDamage() {
        byte[] intact = SegmentSummary.encode(List.of(summary(numbers(new Random(1), 900))));
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
        byte[] intact = SegmentSummary.encode(List.of(summary(numbers(new Random(1), 900))));
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
        return one(summarizer.finish());
    }

    private static SegmentSummary one(List<SegmentSummary> summaries) {
        assertThat(summaries).hasSize(1);
        return summaries.get(0);
    }

    private void add(int second, Value value) {
        summarizer.add(new Row(1, 1_000L * second, value, 0, 0, 1, SegmentReading.NEVER));
    }

    private static SegmentSummary restored(SegmentSummary summary) {
        byte[] bytes = SegmentSummary.encode(List.of(summary));
        List<SegmentSummary> restored = SegmentSummary.decode(bytes);
        assertThat(SegmentSummary.encode(restored)).isEqualTo(bytes);
        return one(restored);
    }
}
