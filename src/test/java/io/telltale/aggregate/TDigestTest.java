package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.apache.datasketches.tdigest.TDigestDouble;
import org.junit.jupiter.api.Test;

/**
 * The fault of the t-digest of DataSketches for which percentiles use KLL (decision 0054). Fails once it is corrected.
 */
class TDigestTest {

    private static final int NUMBERS = 10_000;

    /** apache/datasketches-java#755: between two centroids it interpolates in the wrong direction. */
    @Test
    void returnsSmallerQuantilesForGreaterRanks() {
        TDigestDouble digest = new TDigestDouble((short) 100);
        IntStream.range(0, NUMBERS).forEach(digest::update);

        long falling = IntStream.range(1, NUMBERS)
                .filter(rank -> quantile(digest, rank + 1) < quantile(digest, rank))
                .count();
        double greatestError = IntStream.range(1, NUMBERS)
                .mapToDouble(rank -> Math.abs(quantile(digest, rank) - rank) / NUMBERS)
                .max()
                .orElseThrow();
        assertThat(falling).as("steps down").isGreaterThan(NUMBERS / 2);
        assertThat(greatestError).as("error of rank").isGreaterThan(0.03);
    }

    /** The exact quantile of a rank is the rank itself, because the numbers are 0, 1, 2, … */
    private static double quantile(TDigestDouble digest, int rank) {
        return digest.getQuantile((double) rank / NUMBERS);
    }
}
