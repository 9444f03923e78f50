package io.telltale.packing;

import io.smallrye.mutiny.TimeoutException;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.StoreUnavailableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The attempts of an engine at one thing after another. A failure is counted and logged, and does not stop the others.
 * What fails for another reason than the availability of Cassandra waits for some time.
 *
 * @param <K> such a thing; its text is logged
 */
final class Attempts<K> {

    /** More faults have one cause. */
    static final int MAX_FAULTS = 10_000;

    /** Things may fail one by one. After so many, Cassandra is unavailable. */
    static final int MAX_FAILURES_IN_A_ROW = 5;

    private final String failureMessage;
    private final Duration afterFault;
    private final Reports reports;
    private final PackerWaits waits;
    private final LongSupplier nanoTime;

    /** When what had a fault is tried again, by {@code nanoTime}. */
    private final Map<K, Long> faults = new HashMap<>();

    private int failuresInARow;

    /**
     * Where failures are reported.
     *
     * @param count counts one
     */
    record Reports(Runnable count, RateLimitedLog log) {}

    /**
     * @param failureMessage what is logged before the thing
     * @param afterFault how long it waits after a fault
     */
    Attempts(String failureMessage, Duration afterFault, Reports reports, PackerWaits waits, LongSupplier nanoTime) {
        this.failureMessage = failureMessage;
        this.afterFault = afterFault;
        this.reports = reports;
        this.waits = waits;
        this.nanoTime = nanoTime;
    }

    /** Forgets faults whose time is over: another replica may have done the work. */
    void nextPass() {
        long now = nanoTime.getAsLong();
        faults.values().removeIf(end -> now - end >= 0);
    }

    /** Begins things that share no failures in a row with those before. */
    void nextGroup() {
        failuresInARow = 0;
    }

    /**
     * Makes an attempt at a thing, unless it waits after a fault.
     *
     * @param otherwise what is returned if it waits or fails
     * @throws RuntimeException the failure, if it is one of many in a row, or if the service stops
     */
    boolean attempt(K thing, BooleanSupplier work, boolean otherwise) {
        long now = nanoTime.getAsLong();
        if (now - faults.getOrDefault(thing, now) < 0) {
            return otherwise;
        }
        try {
            boolean result = work.getAsBoolean();
            faults.remove(thing);
            failuresInARow = 0;
            return result;
        } catch (RuntimeException e) {
            if (++failuresInARow == MAX_FAILURES_IN_A_ROW) {
                throw e;
            }
            if (!isTransient(e) && faults.size() < MAX_FAULTS) {
                faults.put(thing, now + afterFault.toNanos());
            }
            fail("%s: %s".formatted(failureMessage, thing), e);
            return otherwise;
        }
    }

    /** Does some work that is not an attempt at one thing. Returns whether it has succeeded. */
    boolean succeeds(String what, Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException e) {
            fail(what + " failed", e);
            return false;
        }
    }

    private void fail(String what, RuntimeException e) {
        if (waits.isStopped()) {
            throw e;
        }
        reports.count().run();
        reports.log().say("%s: %s".formatted(what, e));
    }

    /** Whether the same attempt may succeed soon. */
    static boolean isTransient(Throwable failure) {
        return failure instanceof StoreUnavailableException
                || failure instanceof TimeoutException
                || failure instanceof CancellationException
                || failure instanceof Lease.LostException;
    }

    /** The number of things that wait after a fault. */
    int faults() {
        return faults.size();
    }
}
