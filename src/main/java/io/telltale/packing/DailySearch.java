package io.telltale.packing;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * When an engine makes the steps of a search: first after a start, then once a day, some seconds in each pass, so that
 * its other work goes on. A step that fails is made again later.
 */
final class DailySearch {

    static final Duration BETWEEN_SEARCHES = Duration.ofDays(1);
    static final Duration AFTER_FAILURE = Duration.ofMinutes(10);

    /** No step is begun later than this in a pass. */
    static final Duration PER_PASS = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;

    /** When the next step is made, by {@code nanoTime}; empty for now. */
    private Optional<Long> dueNanos = Optional.empty();

    DailySearch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Makes the next steps if it is time. Throws the failure of a step, which is due again some minutes later.
     *
     * @param step makes the next step, and returns whether there are more
     */
    void run(BooleanSupplier step) {
        long start = nanoTime.getAsLong();
        if (dueNanos.filter(due -> start - due < 0).isPresent()) {
            return;
        }
        dueNanos = Optional.of(start + AFTER_FAILURE.toNanos());
        while (step.getAsBoolean()) {
            if (nanoTime.getAsLong() - start > PER_PASS.toNanos()) {
                dueNanos = Optional.empty();
                return;
            }
        }
        dueNanos = Optional.of(start + BETWEEN_SEARCHES.toNanos());
    }
}
