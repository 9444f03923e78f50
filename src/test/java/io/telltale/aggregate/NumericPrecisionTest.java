package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** Sums, deviations and percentiles of numbers that lose digits in plain double arithmetic. */
class NumericPrecisionTest {

    private static final long SEED = 20_261_124;
    private static final MathContext DIGITS = new MathContext(700);
    private static final double MAX = Double.MAX_VALUE;

    @Test
    void roundsASumOnce() {
        Map<String, double[]> series = new LinkedHashMap<>();
        series.put("tenths", DoubleStream.generate(() -> 0.1).limit(100_000).toArray());
        series.put("cancelling", new double[] {1, 1e100, 1, -1e100});
        series.put("small beside large", new double[] {1e16, 1, 1, 1, 1, 1, 1, 1, -1e16});
        series.put("over and back", new double[] {MAX, MAX, -MAX, -MAX, 3});
        series.put("the largest", new double[] {MAX, -1, 1});
        series.put("the smallest", new double[] {Double.MIN_VALUE, Double.MIN_VALUE});
        Random random = new Random(SEED);
        series.put("mixed", random.doubles(10_000, -1e9, 1e9).toArray());
        series.forEach((name, numbers) -> assertThat(sum(numbers).value())
                .as(name)
                .isCloseTo(
                        exactSum(numbers).doubleValue(),
                        within(Math.ulp(exactSum(numbers).doubleValue()))));
    }

    @Test
    void hasAMeanAlsoWhereTheSumOverflows() {
        CompensatedSum sum = sum(new double[] {MAX, MAX, MAX});
        assertThat(sum.value()).isInfinite();
        assertThat(sum.mean(3)).isCloseTo(MAX, Percentage.withPercentage(1e-12));
    }

    private static CompensatedSum sum(double[] numbers) {
        CompensatedSum sum = new CompensatedSum();
        sum.add(MAX);
        sum.clear();
        Arrays.stream(numbers).forEach(sum::add);
        return sum;
    }

    private static BigDecimal exactSum(double[] numbers) {
        return Arrays.stream(numbers).mapToObj(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    @Test
    void keepsTheDigitsOfADeviationFarFromZero() {
        Map<String, double[]> series = new LinkedHashMap<>();
        series.put("far from zero", new double[] {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
        series.put("the same", new double[] {0.1, 0.1, 0.1});
        series.put("the largest", new double[] {MAX / 2, -MAX / 2, 0});
        series.put("large after small", new double[] {1, 2, 3, 1e300, -1e300});
        Random random = new Random(SEED);
        series.put("many", random.doubles(20_000, 1e6, 1e6 + 1).toArray());
        series.forEach((name, numbers) -> {
            Variance variance = new Variance();
            variance.add(MAX);
            variance.clear();
            Arrays.stream(numbers).forEach(variance::add);
            double expected = exactDeviation(numbers);
            assertThat(variance.deviation()).as(name).isCloseTo(expected, within(1e-9 * expected));
        });
    }

    private static double exactDeviation(double[] numbers) {
        BigDecimal mean = exactSum(numbers).divide(BigDecimal.valueOf(numbers.length), DIGITS);
        BigDecimal squares = Arrays.stream(numbers)
                .mapToObj(number -> new BigDecimal(number).subtract(mean).pow(2))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        return squares.divide(BigDecimal.valueOf(numbers.length - 1L), DIGITS)
                .sqrt(MathContext.DECIMAL64)
                .doubleValue();
    }

    @Test
    void hasNoDeviationOfOneNumber() {
        Variance variance = new Variance();
        variance.add(1);
        assertThat(variance.deviation()).isNaN();
    }

    @Test
    void sketchesPercentilesBeyondTheExactCount() {
        Percentiles percentiles = new Percentiles(100);
        assertThat(percentiles.at(0.5)).isNaN();
        for (int i = 100; i > 0; i--) {
            percentiles.add(i);
        }
        assertThat(percentiles.isSketch()).isFalse();
        assertThat(percentiles.at(0.5)).isEqualTo(50.5);
        assertThat(percentiles.at(0.95)).isCloseTo(95.05, within(1e-12));
        assertThat(percentiles.at(0.99)).isCloseTo(99.01, within(1e-12));
        assertThat(percentiles.at(1)).isEqualTo(100);
        percentiles.add(101);
        assertThat(percentiles.isSketch()).isTrue();
        assertThat(percentiles.at(0.5)).isEqualTo(51);
        percentiles.clear();
        percentiles.add(7);
        assertThat(percentiles.isSketch()).isFalse();
        assertThat(percentiles.at(0.99)).isEqualTo(7);
    }

    @Test
    void interpolatesBetweenTheLargestNumbers() {
        Percentiles percentiles = new Percentiles(100);
        percentiles.add(-MAX);
        percentiles.add(MAX);
        assertThat(percentiles.at(0.5)).isZero();
    }

    /** The documented bound holds with 99 % confidence; three times the bound, practically always. */
    @Test
    void keepsTheRankErrorOfASketchBelowItsBound() {
        Random random = new Random(SEED);
        int count = 200_000;
        Map<String, double[]> series = new LinkedHashMap<>();
        series.put(
                "normal",
                random.doubles(count).map(unused -> random.nextGaussian()).toArray());
        series.put("negative", random.doubles(count, -300, -200).toArray());
        series.put(
                "over twelve decades",
                random.doubles(count).map(u -> Math.exp(30 * u)).toArray());
        series.put(
                "two heaps",
                random.doubles(count).map(u -> u < 0.5 ? -1e6 + u : 1e6 + u).toArray());
        series.put(
                "steps",
                random.doubles(count, 15, 30).map(u -> Math.rint(10 * u) / 10).toArray());
        series.put("flags", random.doubles(count).map(u -> u < 0.9 ? 0 : 1).toArray());
        series.put("the largest", random.doubles(count, -1, 1).map(u -> u * MAX).toArray());
        series.put("rising", DoubleStream.iterate(0, n -> n + 1).limit(count).toArray());
        series.put("falling", DoubleStream.iterate(0, n -> n - 1).limit(count).toArray());
        series.forEach((name, numbers) -> {
            Percentiles percentiles = new Percentiles(10_000);
            Arrays.stream(numbers).forEach(percentiles::add);
            assertThat(percentiles.isSketch()).isTrue();
            double[] sorted = numbers.clone();
            Arrays.sort(sorted);
            for (double fraction : new double[] {0.5, 0.95, 0.99}) {
                double found = percentiles.at(fraction);
                long below = Arrays.stream(sorted).filter(n -> n < found).count();
                long upTo = Arrays.stream(sorted).filter(n -> n <= found).count();
                double rank = fraction * count;
                double off = Math.max(0, Math.max(below - rank, rank - upTo)) / count;
                assertThat(off).as("%s, %s: %s", name, fraction, found).isLessThan(3 * 0.0007);
            }
        });
    }
}
