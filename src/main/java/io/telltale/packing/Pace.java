package io.telltale.packing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Limits the rate of packing. Unused time is not saved up. */
class Pace {

    private final long nanosPerReading;
    private final LongSupplier nanoTime;
    private long nextNanos;

    /**
     * @param rate readings per second
     * @param nanoTime as {@link System#nanoTime}
     */
    Pace(int rate, LongSupplier nanoTime) {
        this.nanosPerReading = TimeUnit.SECONDS.toNanos(1) / rate;
        this.nanoTime = nanoTime;
        this.nextNanos = nanoTime.getAsLong();
    }

    /** How long to wait after some readings, so that the rate is kept. */
    Duration after(int readings) {
        long now = nanoTime.getAsLong();
        nextNanos = (nextNanos - now < 0 ? now : nextNanos) + readings * nanosPerReading;
        return Duration.ofNanos(nextNanos - now);
    }
}
