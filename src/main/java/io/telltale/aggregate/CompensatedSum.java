package io.telltale.aggregate;

/**
 * A sum of doubles with Neumaier's compensation: as accurate as a sum with twice the digits that is rounded once,
 * whatever the order and the cancellation. Large values are summed separately and scaled down, so that no intermediate
 * sum overflows unless the result does.
 */
final class CompensatedSum {

    /** The first large value. As many of them as a range can hold do not overflow when scaled. */
    private static final double LARGE = 0x1p900;

    private static final double SCALE = 0x1p-100;

    private final Part ordinary = new Part();
    private final Part large = new Part();
    private boolean hasLarge;

    void add(double value) {
        if (Math.abs(value) < LARGE) {
            ordinary.add(value);
        } else {
            hasLarge = true;
            large.add(value * SCALE);
        }
    }

    /** Adds a sum of ordinary values, and what its rounding lost. */
    void add(double sum, double lost) {
        ordinary.add(sum);
        ordinary.lost += lost;
    }

    /** The sum; infinite where no double holds it, 0 without values. */
    double value() {
        return hasLarge ? scaledTotal().sum() / SCALE : ordinary.sum();
    }

    /**
     * The sum divided by a number of values.
     *
     * @param count at least 1
     */
    double mean(long count) {
        return hasLarge ? scaledTotal().sum() / count / SCALE : ordinary.sum() / count;
    }

    void clear() {
        ordinary.clear();
        large.clear();
        hasLarge = false;
    }

    /** Both parts, scaled down. */
    private Part scaledTotal() {
        Part total = new Part();
        total.add(large.sum);
        total.add(ordinary.sum * SCALE);
        total.lost += large.lost + ordinary.lost * SCALE;
        return total;
    }

    private static final class Part {
        private double sum;
        private double lost;

        void add(double value) {
            double next = sum + value;
            lost += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
            sum = next;
        }

        double sum() {
            return sum + lost;
        }

        void clear() {
            sum = 0;
            lost = 0;
        }
    }
}
