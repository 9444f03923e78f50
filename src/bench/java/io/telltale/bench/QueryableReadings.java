package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;
import java.util.ArrayDeque;
import java.util.Deque;
import org.HdrHistogram.Histogram;

/**
 * The readings of one sensor, in the order of their times, and how long each took until it could be asked for. Those
 * that are given up count with the time they have waited, as leaving them out would make a service the faster the later
 * it is.
 */
public final class QueryableReadings {

    private static final long LONGEST_MILLIS = 300_000;

    private final Histogram micros = new Histogram(LONGEST_MILLIS * 1_000, 3);
    private final Deque<Long> waiting = new ArrayDeque<>();
    private int sent;
    private int givenUp;

    /** Another reading is on its way, due at this time. */
    void add(long dueMillis) {
        waiting.add(dueMillis);
        sent++;
    }

    /** Now the newest that can be asked for is that of so and so much, and with it all before it. */
    void seen(long newestMillis, long nowMillis) {
        for (Long first = waiting.peek(); first != null && first <= newestMillis; first = waiting.peek()) {
            count(waiting.remove(), nowMillis);
        }
    }

    /** Nobody asks any more. */
    void giveUp(long nowMillis) {
        givenUp += waiting.size();
        waiting.forEach(dueMillis -> count(dueMillis, nowMillis));
        waiting.clear();
    }

    private void count(long dueMillis, long nowMillis) {
        micros.recordValue(Math.min(LONGEST_MILLIS, Math.max(0, nowMillis - dueMillis)) * 1_000);
    }

    boolean isAllSeen() {
        return waiting.isEmpty();
    }

    int sent() {
        return sent;
    }

    public int givenUp() {
        return givenUp;
    }

    /** The latency that so many percent do not exceed. */
    public double millisAt(double percentile) {
        return micros.getValueAtPercentile(percentile) / 1_000.0;
    }

    Latency latency() {
        return new Latency(
                micros.getValueAtPercentile(50) / 1_000.0,
                micros.getValueAtPercentile(99) / 1_000.0,
                micros.getTotalCount());
    }
}
