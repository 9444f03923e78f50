package io.telltale.bench;

import java.util.List;

/**
 * Several measurements of one figure.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param least the smallest
 * @param most the greatest
 */
public record Summary(double median, double least, double most) {

    public static Summary of(List<Double> figures) {
        if (figures.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        List<Double> sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Summary(median, sorted.get(0), sorted.get(sorted.size() - 1));
    }
}
