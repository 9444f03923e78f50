package io.telltale.evaluate.queries;

import io.telltale.evaluate.queries.Effect.Measurement;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * From how many concurrent readers on throughput does not grow.
 *
 * @param sufficient the fewest readers within a tenth of the highest throughput
 * @param most the most readers
 */
record Saturation(Measurement sufficient, Measurement most) {

    private static final double NEARLY = 0.9;

    /** Empty if fewer than two numbers of readers have a result. */
    static Optional<Saturation> of(List<Measurement> measurements) {
        if (measurements.size() < 2) {
            return Optional.empty();
        }
        List<Measurement> byReaders = measurements.stream()
                .sorted(Comparator.comparingInt(Saturation::readers))
                .toList();
        double highest =
                byReaders.stream().mapToDouble(Saturation::throughput).max().orElseThrow();
        return byReaders.stream()
                .filter(measurement -> throughput(measurement) >= NEARLY * highest)
                .findFirst()
                .map(first -> new Saturation(first, byReaders.get(byReaders.size() - 1)));
    }

    String sentence() {
        if (readers(sufficient) == readers(most)) {
            return String.format(
                    Locale.ROOT,
                    "Concurrent readers: throughput still grows at %d readers, the most that were measured: %,.0f reads/s,"
                            + " p99 %.2f ms.",
                    readers(most),
                    throughput(most),
                    most.median("readP99Millis"));
        }
        return String.format(
                Locale.ROOT,
                "Concurrent readers: %d reach at least %.0f %% of the highest throughput (%,.0f reads/s, p99 %.2f ms). With %d,"
                        + " throughput is %.2f times as high and p99 %.2f times as long.",
                readers(sufficient),
                100 * NEARLY,
                throughput(sufficient),
                sufficient.median("readP99Millis"),
                readers(most),
                throughput(most) / throughput(sufficient),
                most.median("readP99Millis") / sufficient.median("readP99Millis"));
    }

    static int readers(Measurement measurement) {
        return measurement.variant().readers();
    }

    private static double throughput(Measurement measurement) {
        return measurement.median("readsPerSecond");
    }
}
