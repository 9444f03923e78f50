package io.telltale.evaluate;

import io.telltale.bench.BenchException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Lets time pass where time is what a cell sets: the length of a phase, or the interval of a fixed rate. What servers
 * do is awaited as a condition instead.
 */
public final class Pace {

    private Pace() {}

    /** Returns when the time has passed. */
    public static void pass(Duration time) {
        until(System.nanoTime() + time.toNanos());
    }

    /** Returns when {@link System#nanoTime} has reached a value; at once if it has. */
    public static void until(long nanoTime) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanoTime - System.nanoTime());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
