package io.telltale.aggregate;

/**
 * The sample standard deviation in one pass, by Welford's recurrence: it adds differences to the running mean, and so
 * keeps its digits where values are large and close together. After the first value beyond 2^500 all values are scaled
 * down, because their squares would overflow.
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
            // In two steps: the square of the scale underflows.
            squares = squares * SCALE * SCALE;
        }
        double scaled = isScaled ? value * SCALE : value;
        count++;
        double toOldMean = scaled - mean;
        mean += toOldMean / count;
        squares += toOldMean * (scaled - mean);
    }

    /**
     * Adds values below 2^500 of which the mean and the sum of the squared distances to it are known: merges by the
     * parallel algorithm of Chan, Golub and LeVeque.
     */
    void add(long values, double itsMean, double itsSquares) {
        double scaledMean = isScaled ? itsMean * SCALE : itsMean;
        double scaledSquares = isScaled ? itsSquares * SCALE * SCALE : itsSquares;
        if (count == 0) {
            count = values;
            mean = scaledMean;
            squares = scaledSquares;
            return;
        }
        long total = count + values;
        double distance = scaledMean - mean;
        mean += distance * values / total;
        squares += scaledSquares + distance * distance * ((double) count * values / total);
        count = total;
    }

    /** The sample standard deviation; not a number for fewer than two values. */
    double deviation() {
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
