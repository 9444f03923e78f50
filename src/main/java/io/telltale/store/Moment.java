package io.telltale.store;

import java.time.Clock;
import java.time.Duration;

/**
 * An instant by both clocks of this machine. A time has passed if one of them says so: one stops while the machine
 * sleeps, the other may be set.
 */
record Moment(long nanos, long millis) {

    static Moment now(Clock clock) {
        return new Moment(System.nanoTime(), clock.millis());
    }

    boolean isOlderThan(Duration age, Clock clock) {
        long now = clock.millis();
        return now < millis || now - millis > age.toMillis() || System.nanoTime() - nanos > age.toNanos();
    }
}
