package io.telltale.aggregate;

import io.telltale.sensors.ReadingsSummary;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which summaries can replace their readings in an aggregation: those within one window from which all
 * functions follow. Percentiles follow only from numbers that are all known, because their error has a documented
 * bound. Thread-safe.
 */
public final class SummaryRule implements Predicate<ReadingsSummary> {

    /** Summaries have the readings of an hour or more. */
    private static final long MIN_MILLIS = Duration.ofHours(1).toMillis();

    private final Windows windows;
    private final boolean needsNumbers;
    private final boolean needsAllNumbers;
    private volatile @Nullable Window last;

    public SummaryRule(Windows windows, Set<AggregateFunction> functions) {
        this.windows = windows;
        this.needsNumbers = functions.stream().anyMatch(AggregateFunction::isOfNumbers);
        this.needsAllNumbers = functions.stream().anyMatch(AggregateFunction::isPercentile);
    }

    /** Whether it can accept any: windows are long enough. */
    public static boolean isUseful(Windows windows) {
        return !(windows.interval() instanceof Interval.Elapsed elapsed) || elapsed.millis() >= MIN_MILLIS;
    }

    /** @param summary of readings within the range of the windows */
    @Override
    public boolean test(ReadingsSummary summary) {
        if (needsNumbers && summary.numberCount() > 0) {
            if (!summary.hasStatistics() || (needsAllNumbers && !summary.hasAllNumbers())) {
                return false;
            }
        }
        Window window = last;
        long millis = summary.first().timestampMillis();
        if (window == null || !window.contains(millis)) {
            // To compute a window is slow, and successive summaries are often in the same one.
            window = windows.at(millis);
            last = window;
        }
        return window.contains(summary.last().timestampMillis());
    }
}
