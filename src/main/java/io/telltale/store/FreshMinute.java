package io.telltale.store;

import java.time.Duration;

/**
 * A minute of a lane: a partition of {@code fresh}, which holds what arrived then.
 *
 * @param startMillis a whole minute since the epoch
 */
public record FreshMinute(Lane lane, long startMillis) {

    static final long MILLIS = Duration.ofMinutes(1).toMillis();

    /**
     * A minute is complete this long after its end: no write into it is acknowledged any more. Longer than {@link
     * FreshWriter#MAX_WRITE} by the skew between the clocks of replicas that is harmless.
     */
    static final Duration MARGIN = Duration.ofSeconds(60);

    static long startOf(long millis) {
        return millis - Math.floorMod(millis, MILLIS);
    }

    /** When it is complete. */
    public long completeMillis() {
        return startMillis + MILLIS + MARGIN.toMillis();
    }

    @Override
    public String toString() {
        return "type=%s lane=%d minute=%d".formatted(lane.type(), lane.number(), startMillis);
    }
}
