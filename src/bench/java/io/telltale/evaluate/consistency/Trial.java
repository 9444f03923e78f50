package io.telltale.evaluate.consistency;

import io.telltale.bench.Summary;
import java.util.List;

/**
 * A read after an acknowledged write.
 *
 * @param plannedMillis when the read was to begin after the acknowledgement
 * @param actualMillis when it began
 * @param isFresh whether it returned the write
 */
record Trial(int plannedMillis, double actualMillis, boolean isFresh) {

    /** The quantile of the normal distribution for 95 %. */
    private static final double Z = 1.96;

    /** The share of fresh reads, with Wilson's interval of 95 % for it. */
    static Summary freshShare(List<Trial> trials) {
        double n = trials.size();
        double share = trials.stream().filter(Trial::isFresh).count() / n;
        double center = (share + Z * Z / (2 * n)) / (1 + Z * Z / n);
        double half = Z * Math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n);
        return new Summary(share, Math.min(share, center - half), Math.max(share, center + half));
    }

    static double actualMillis(List<Trial> trials) {
        return Summary.of(trials.stream().map(Trial::actualMillis).toList()).median();
    }
}
