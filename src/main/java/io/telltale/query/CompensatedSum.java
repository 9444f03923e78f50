package io.telltale.query;

/**
 * A sum of doubles that carries what each addition rounded away (Neumaier's way): as good as if it were added with twice
 * the digits and rounded once, whatever the order and however values cancel out. Large values are added apart, scaled
 * down, so that no sum on the way overflows whose result would not.
 */
final class CompensatedSum {

    /** From here on a value counts as large. So many of them as a range can hold do not overflow when scaled. */
    private static final double LARGE = 0x1p900;

    private static final double SCALE = 0x1p-100;

    private final Part ordinary = new Part();
    private final Part large = new Part();
    private boolean anyLarge;

    void add(double value) {
        if (Math.abs(value) < LARGE) {
            ordinary.add(value);
        } else {
            anyLarge = true;
            large.add(value * SCALE);
        }
    }

    /** The sum; infinite where no double holds it. 0 of nothing. */
    double value() {
        return anyLarge ? whole().sum() / SCALE : ordinary.sum();
    }

    /**
     * The sum divided by a number of values.
     *
     * @param count at least 1
     */
    double mean(long count) {
        return anyLarge ? whole().sum() / count / SCALE : ordinary.sum() / count;
    }

    void clear() {
        ordinary.clear();
        large.clear();
        anyLarge = false;
    }

    /** All of it, scaled down. */
    private Part whole() {
        Part whole = new Part();
        whole.add(large.sum);
        whole.add(ordinary.sum * SCALE);
        whole.lost += large.lost + ordinary.lost * SCALE;
        return whole;
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
