package io.telltale.segment;

import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Computes the summaries of a segment of one sensor: one for each hour of the clock, so that windows of hours can use
 * them. Hours with few readings share a summary, which would otherwise be longer than the readings. Takes eight bytes
 * for each number of a summary. Reused.
 */
public final class Summarizer {

    /** How many different numbers a summary counts. */
    static final int MAX_DIFFERENT = 16;

    /** A summary with fewer readings goes on in the next hour. */
    static final int MIN_READINGS = 30;

    private static final long HOUR_MILLIS = 3_600_000;

    /** Sums of the squares of greater numbers may overflow. */
    private static final double LARGE = 0x1p480;

    private final List<SegmentSummary> finished = new ArrayList<>();
    private double[] numbers = new double[1_024];
    private int numberCount;
    private boolean hasLarge;
    private double sum;
    private double lost;
    private double mean;
    private double squares;
    private long count;
    private long firstExpirySecond;
    private SegmentSummary.@Nullable Timed first;
    private long lastMillis;
    private @Nullable Value lastValue;

    /** Adds a reading. Readings must come in order of time. */
    public void add(SegmentReading reading) {
        long millis = reading.timestampMillis();
        if (count >= MIN_READINGS && Math.floorDiv(millis, HOUR_MILLIS) != Math.floorDiv(lastMillis, HOUR_MILLIS)) {
            finishOne();
        }
        if (count == 0) {
            first = new SegmentSummary.Timed(millis, reading.value());
            firstExpirySecond = SegmentReading.NEVER;
        }
        count++;
        lastMillis = millis;
        firstExpirySecond = Math.min(firstExpirySecond, reading.expirySecond());
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
     * Returns the summaries of the readings since the last call.
     *
     * @throws IllegalStateException if there are none
     */
    public List<SegmentSummary> finish() {
        if (count == 0) {
            throw new IllegalStateException("a summary needs at least one reading");
        }
        finishOne();
        List<SegmentSummary> all = List.copyOf(finished);
        finished.clear();
        return all;
    }

    private void finishOne() {
        finished.add(new SegmentSummary(
                count,
                Objects.requireNonNull(first),
                new SegmentSummary.Timed(lastMillis, Objects.requireNonNull(lastValue)),
                firstExpirySecond,
                numberCount,
                numberCount == 0 || hasLarge ? null : numbers()));
        count = 0;
        numberCount = 0;
        hasLarge = false;
        sum = 0;
        lost = 0;
        mean = 0;
        squares = 0;
    }

    private SegmentSummary.Numbers numbers() {
        Arrays.sort(numbers, 0, numberCount);
        double[] different = new double[MAX_DIFFERENT];
        long[] occurrences = new long[MAX_DIFFERENT];
        int known = countDifferent(different, occurrences);
        return new SegmentSummary.Numbers(
                numbers[0],
                numbers[numberCount - 1],
                sum,
                lost,
                squares,
                Arrays.copyOf(different, known),
                Arrays.copyOf(occurrences, known));
    }

    /** Finds the different numbers and how often each occurs. Returns how many there are, or 0 if they are too many. */
    private int countDifferent(double[] different, long[] occurrences) {
        int found = 0;
        for (int i = 0; i < numberCount; i++) {
            if (found > 0 && Double.compare(numbers[i], different[found - 1]) == 0) {
                occurrences[found - 1]++;
            } else if (found == MAX_DIFFERENT) {
                return 0;
            } else {
                different[found] = numbers[i];
                occurrences[found++] = 1;
            }
        }
        return found;
    }
}
