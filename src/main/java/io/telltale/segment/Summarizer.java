package io.telltale.segment;

import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Computes the summary of one sensor's readings. Takes eight bytes for each number until {@link #finish()}. Reused. */
public final class Summarizer {

    /** A point of the sketch stands for at most this fraction of the numbers, so a rank is exact to half of it. */
    public static final int MAX_POINTS = 64;

    /** Sums of the squares of greater numbers may overflow. */
    private static final double LARGE = 0x1p480;

    private double[] numbers = new double[1_024];
    private int numberCount;
    private boolean hasLarge;
    private double sum;
    private double lost;
    private double mean;
    private double squares;
    private long count;
    private SegmentSummary.@Nullable Timed first;
    private long lastMillis;
    private @Nullable Value lastValue;

    /** Adds a reading. Readings must come in order of time. */
    public void add(TimedValue reading) {
        if (count == 0) {
            first = new SegmentSummary.Timed(reading.timestampMillis(), reading.value());
        }
        count++;
        lastMillis = reading.timestampMillis();
        Value value = reading.value();
        lastValue = value;
        if (value instanceof Value.Numeric numeric) {
            addNumber(numeric.number());
        } else if (value instanceof Value.Flag flag) {
            addNumber(flag.flag() ? 1 : 0);
        }
    }

    private void addNumber(double number) {
        if (numberCount == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * numberCount);
        }
        numbers[numberCount++] = number;
        hasLarge |= Math.abs(number) > LARGE;
        double next = sum + number;
        lost += Math.abs(sum) >= Math.abs(number) ? (sum - next) + number : (number - next) + sum;
        sum = next;
        double toOldMean = number - mean;
        mean += toOldMean / numberCount;
        squares += toOldMean * (number - mean);
    }

    /**
     * Returns the summary of the readings since the last call.
     *
     * @throws IllegalStateException if there are none
     */
    public SegmentSummary finish() {
        if (count == 0) {
            throw new IllegalStateException("a summary needs at least one reading");
        }
        SegmentSummary summary = new SegmentSummary(
                count,
                Objects.requireNonNull(first),
                new SegmentSummary.Timed(lastMillis, Objects.requireNonNull(lastValue)),
                numberCount == 0 || hasLarge ? null : numbers());
        count = 0;
        numberCount = 0;
        hasLarge = false;
        sum = 0;
        lost = 0;
        mean = 0;
        squares = 0;
        return summary;
    }

    private SegmentSummary.Numbers numbers() {
        Arrays.sort(numbers, 0, numberCount);
        double[] values = new double[MAX_POINTS];
        long[] weights = new long[MAX_POINTS];
        int points = countDifferent(values, weights);
        if (points > MAX_POINTS) {
            points = MAX_POINTS;
            group(values, weights);
        }
        return new SegmentSummary.Numbers(
                numberCount,
                numbers[0],
                numbers[numberCount - 1],
                sum,
                lost,
                squares,
                Arrays.copyOf(values, points),
                Arrays.copyOf(weights, points));
    }

    /** Finds the different numbers and how often each occurs. Returns how many there are, or more than fit. */
    private int countDifferent(double[] values, long[] weights) {
        int points = 0;
        for (int i = 0; i < numberCount; i++) {
            if (points > 0 && Double.compare(numbers[i], values[points - 1]) == 0) {
                weights[points - 1]++;
            } else if (points == MAX_POINTS) {
                return MAX_POINTS + 1;
            } else {
                values[points] = numbers[i];
                weights[points++] = 1;
            }
        }
        return points;
    }

    /** Cuts the sorted numbers into groups of equal size. The one in the middle stands for its group. */
    private void group(double[] values, long[] weights) {
        for (int point = 0; point < MAX_POINTS; point++) {
            int from = (int) ((long) point * numberCount / MAX_POINTS);
            int to = (int) ((long) (point + 1) * numberCount / MAX_POINTS);
            values[point] = numbers[(from + to - 1) / 2];
            weights[point] = (long) to - from;
        }
    }
}
