package io.telltale.letters;

import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The limits of one read.
 *
 * @param letters the highest number of letters
 * @param bytes the approximate memory of the letters; one letter may exceed it
 * @param deadlineMillis when to stop
 * @param isCancelled whether the result is no longer needed
 */
record ReadLimits(int letters, long bytes, long deadlineMillis, Clock clock, BooleanSupplier isCancelled) {

    static ReadLimits of(int letters, long bytes, Duration time, Clock clock, BooleanSupplier isCancelled) {
        return new ReadLimits(letters, bytes, clock.millis() + time.toMillis(), clock, isCancelled);
    }

    boolean isOver() {
        return clock.millis() >= deadlineMillis || isCancelled.getAsBoolean();
    }
}
