package io.telltale.aggregate;

/** Linear interpolation. */
final class Interpolation {

    private Interpolation() {}

    /**
     * The number on the straight line between two numbers; never outside them, whatever is rounded.
     *
     * @param fraction of the way from {@code a} to {@code b}, from 0 to 1
     */
    static double between(double a, double b, double fraction) {
        double value = a * (1 - fraction) + b * fraction;
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), value));
    }
}
