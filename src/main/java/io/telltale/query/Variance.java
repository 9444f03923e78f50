package io.telltale.query;

/**
 * The standard deviation of a sample, in one pass by Welford's recurrence: it takes differences to the mean so far, and
 * so does not lose its digits where values are large and lie close together. From the first value beyond 2^500 on it
 * works with all of them scaled down, since the squares would overflow.
 */
final class Variance {

    private static final double LARGE = 0x1p500;
    private static final double SCALE = 0x1p-600;

    private long count;
    private double mean;
    private double squares;
    private boolean isScaled;

    void add(double value) {
        if (!isScaled && Math.abs(value) > LARGE) {
            isScaled = true;
            mean *= SCALE;
            // One after the other: the square of the scale is no double any more.
            squares = squares * SCALE * SCALE;
        }
        double scaled = isScaled ? value * SCALE : value;
        count++;
        double toOldMean = scaled - mean;
        mean += toOldMean / count;
        squares += toOldMean * (scaled - mean);
    }

    /** The sample's standard deviation; not a number for fewer than two values. */
    double value() {
        if (count < 2) {
            return Double.NaN;
        }
        double deviation = Math.sqrt(squares / (count - 1));
        return isScaled ? deviation / SCALE : deviation;
    }

    void clear() {
        count = 0;
        mean = 0;
        squares = 0;
        isScaled = false;
    }
}
