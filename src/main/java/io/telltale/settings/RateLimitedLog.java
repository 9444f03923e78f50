package io.telltale.settings;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Logs an event that may affect a thousand requests at the same time: the first one immediately, then at most one every
 * ten seconds, with the number of suppressed ones.
 */
public final class RateLimitedLog {

    private static final long NANOS_BETWEEN = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final Logger.Level level;
    private final LongSupplier nanoTime;
    // Guarded by this. No time before the first event: a native image may be built on another machine.
    private boolean hasLogged;
    private long suppressUntilNanos;
    private long suppressed;

    public RateLimitedLog(Logger log, Logger.Level level) {
        this(log, level, System::nanoTime);
    }

    RateLimitedLog(Logger log, Logger.Level level, LongSupplier nanoTime) {
        this.log = log;
        this.level = level;
        this.nanoTime = nanoTime;
    }

    /** Logs the message unless one was logged in the last ten seconds. */
    public void say(String what) {
        say(what, null);
    }

    /** Like {@link #say(String)}, with a stack trace. */
    public void say(String what, @Nullable Throwable failure) {
        long others = suppressedBefore();
        if (others >= 0) {
            log.log(
                    level,
                    others == 0 ? what : "%s (and %d more since the last such line)".formatted(what, others),
                    failure);
        }
    }

    /** The number of suppressed events before this one; negative if this one is suppressed. */
    private synchronized long suppressedBefore() {
        long now = nanoTime.getAsLong();
        if (hasLogged && now - suppressUntilNanos < 0) {
            suppressed++;
            return -1;
        }
        hasLogged = true;
        suppressUntilNanos = now + NANOS_BETWEEN;
        long others = suppressed;
        suppressed = 0;
        return others;
    }
}
