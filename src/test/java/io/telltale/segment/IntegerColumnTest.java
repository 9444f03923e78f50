package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class IntegerColumnTest {

    private final IntegerColumnEncoder encoder = new IntegerColumnEncoder();

    @Test
    void restoresRandomIntegersOfEachWidth() {
        Random random = new Random(1);
        for (int width = 0; width <= Long.SIZE; width++) {
            long mask = width == 0 ? 0 : -1L >>> (Long.SIZE - width);
            for (int size : new int[] {1, 2, 7, 255, 256, 257, 1_000}) {
                long[] numbers = random.longs(size).map(number -> number & mask).toArray();
                assertRestored(numbers, false);
                assertRestored(numbers, true);
                long[] walk = numbers.clone();
                Arrays.parallelPrefix(walk, Long::sum);
                assertRestored(walk, false);
                Arrays.parallelPrefix(numbers, (one, other) -> one ^ other);
                assertRestored(numbers, true);
            }
        }
    }

    @Test
    void restoresOutliersAtEachPlace() {
        Random random = new Random(2);
        for (int at = 0; at < 300; at++) {
            long[] numbers = new long[300];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = 1_000L * i + random.nextInt(3);
            }
            numbers[at] = random.nextLong();
            assertRestored(numbers, random.nextBoolean());
        }
    }

    @Test
    void storesASteadyClockInNoBits() {
        assertThat(bytes(i -> 1_769_860_800_000L + 1_000 * i)).isLessThan(24);
    }

    @Test
    void storesAGapAsAPatch() {
        assertThat(bytes(i -> 1_769_860_800_000L + 1_000 * (i < 700 ? i : i + 60)))
                .isLessThan(28);
    }

    @Test
    void storesJitterAroundALineOnce() {
        // Three bits each. Differences would take four.
        assertThat(bytes(i -> 1_250 * i + Math.floorMod((i * 0x9e3779b97f4a7c15L) >>> 20, 7L)))
                .isLessThan(900 * 3 / 8 + 20);
    }

    @Test
    void storesAlternatingBitPatternsByTheirDifference() {
        Random random = new Random(4);
        long[] patterns = new long[900];
        Arrays.setAll(
                patterns, i -> (i % 2 == 0 ? 0x4034_1f9a_dd37_6465L : 0xc03e_0123_4567_0000L) ^ random.nextInt(64));

        assertThat(assertRestored(patterns, true)).isLessThan(900 * 6 / 8 + 60);
        assertThat(assertRestored(patterns, false)).isGreaterThan(900 * 2);
    }

    @Test
    void storesRunsAsPatches() {
        assertThat(bytes(i -> i / 300)).isLessThan(24);
    }

    @Test
    void storesTimesInWholeSecondsAsSeconds() {
        // Gaps of 0 to 15 s at random take four bits. As milliseconds they would take fourteen.
        Random random = new Random(3);
        long[] times = new long[900];
        for (int i = 1; i < times.length; i++) {
            times[i] = times[i - 1] + 1_000L * random.nextInt(16);
        }
        times[500] = 7;

        assertThat(assertRestored(times, false)).isLessThan(900 * 4 / 8 + 50);
    }

    private int bytes(LongUnaryOperator series) {
        long[] numbers = new long[900];
        Arrays.setAll(numbers, i -> series.applyAsLong(i));
        return assertRestored(numbers, false);
    }

    private int assertRestored(long[] numbers, boolean isBits) {
        ByteSink sink = new ByteSink();
        encoder.plan(numbers, numbers.length, isBits);
        encoder.write(numbers, numbers.length, sink);
        ByteSource source = new ByteSource(sink.array(), 0, sink.size());
        IntegerColumn column = new IntegerColumn(source, numbers.length);
        source.requireEnd();
        long[] restored = new long[numbers.length];
        long[] scratch = new long[IntegerColumn.CHUNK];
        column.decode(0, numbers.length, restored, scratch);
        assertThat(restored).isEqualTo(numbers);
        for (int chunk = 0; chunk * IntegerColumn.CHUNK < numbers.length; chunk++) {
            assertThat(column.firstOf(chunk, scratch)).isEqualTo(numbers[chunk * IntegerColumn.CHUNK]);
        }
        return sink.size();
    }
}
