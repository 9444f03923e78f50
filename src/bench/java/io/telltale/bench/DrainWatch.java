package io.telltale.bench;

import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * Watches one contestant drain its backlog, and says how fast it goes: from the first look that finds something stored
 * to the last before {@value #COUNTED_SHARE} of the backlog is, so that neither the start nor the tail counts.
 */
public final class DrainWatch {

    private static final double COUNTED_SHARE = 0.98;
    private static final Duration FIRST_READING_LIMIT = Duration.ofSeconds(60);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(20);
    private static final Duration LONGEST_WAIT = Duration.ofMillis(250);

    private final Contestant contestant;
    private final Written before;
    private final int records;
    private final Duration limit;
    private final long beginNanos = System.nanoTime();
    private volatile long first;
    private volatile long firstNanos;
    private volatile long stored;
    private volatile double rate = Double.NaN;

    /**
     * Watches from now on.
     *
     * @param before what it had written when its backlog was laid before it
     * @param limit how long it may work, from the first reading stored
     */
    public DrainWatch(Contestant contestant, Written before, int records, Duration limit) {
        this.contestant = contestant;
        this.before = before;
        this.records = records;
        this.limit = limit;
    }

    /** Waits until everything is stored or the limit is over. */
    public double readingsPerSecond() {
        Awaitility.await()
                .forever()
                .pollDelay(Duration.ZERO)
                .pollInterval((count, previous) -> untilNextLook())
                .until(this::isOver);
        return rate;
    }

    private boolean isOver() {
        long now = System.nanoTime();
        stored = contestant.written().since(before).readings();
        if (first == 0 && stored > 0) {
            first = stored;
            firstNanos = now;
        }
        if (first == 0) {
            if (now - beginNanos > FIRST_READING_LIMIT.toNanos()) {
                throw new BenchException(
                        "%s stores nothing".formatted(contestant.peer().label()));
            }
            return false;
        }
        if (stored > first && (stored <= COUNTED_SHARE * records || Double.isNaN(rate))) {
            rate = (stored - first) / ((now - firstNanos) / 1e9);
        }
        return stored >= records || now - firstNanos >= limit.toNanos();
    }

    /** Seldom at first and often in the end: to look costs the service a little. */
    private Duration untilNextLook() {
        if (Double.isNaN(rate)) {
            return Duration.ofMillis(50);
        }
        long halfOfRest = (long) (500 * (COUNTED_SHARE * records - stored) / rate);
        return Duration.ofMillis(Math.min(LONGEST_WAIT.toMillis(), Math.max(SHORTEST_WAIT.toMillis(), halfOfRest)));
    }
}
