package io.telltale.settings;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A line of the log for something that may happen to a thousand requests or attempts at once: said at once, and then at
 * most every ten seconds, with the number of those that were left out.
 */
public final class RateLimitedLog {

    private static final long NANOS_BETWEEN = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final Logger.Level level;
    private final LongSupplier nanoTime;
    // Guarded by this. Nothing of a clock before the first time: an image may be made on another machine.
    private boolean wasSaid;
    private long untilNanos;
    private long leftOut;

    public RateLimitedLog(Logger log, Logger.Level level) {
        this(log, level, System::nanoTime);
    }

    RateLimitedLog(Logger log, Logger.Level level, LongSupplier nanoTime) {
        this.log = log;
        this.level = level;
        this.nanoTime = nanoTime;
    }

    /** Says it, unless it was said just now. */
    public void say(String what) {
        say(what, null);
    }

    /** The same with the trace of a failure. */
    public void say(String what, @Nullable Throwable failure) {
        long others = turn();
        if (others >= 0) {
            log.log(
                    level,
                    others == 0 ? what : "%s (and %d times more since this was said last)".formatted(what, others),
                    failure);
        }
    }

    /** How many were left out before this one; below 0 if it is to be left out itself. */
    private synchronized long turn() {
        long now = nanoTime.getAsLong();
        if (wasSaid && now - untilNanos < 0) {
            leftOut++;
            return -1;
        }
        wasSaid = true;
        untilNanos = now + NANOS_BETWEEN;
        long others = leftOut;
        leftOut = 0;
        return others;
    }
}
