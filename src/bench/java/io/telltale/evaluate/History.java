package io.telltale.evaluate;

import java.util.List;

/** What clients sent and received, in microseconds of one clock. */
public final class History {

    /** The acknowledgement time of a write that was never acknowledged: it may be stored or not. */
    public static final long NEVER = Long.MAX_VALUE;

    private History() {}

    /** What a write sets and a read returns: one sensor at one instant, or one register. */
    public record Key(String sensor, long timestampMillis) {}

    /**
     * A write. The values of one key are distinct.
     *
     * @param recordTime decides which write wins; unique per key
     * @param arrival the order in which the writes of the key were sent
     * @param acknowledgedMicros from here on it must not be lost; {@link #NEVER} if it was not acknowledged
     * @param durableMicros a read that begins later must include it: when its offset was committed, for example
     */
    public record Write(
            Key key, String value, long recordTime, long arrival, long acknowledgedMicros, long durableMicros) {}

    /** A reading in a response. */
    public record Observed(Key key, String value) {}

    /**
     * A response.
     *
     * @param reader its responses must not go backwards
     * @param asked the keys that the range of the request covers
     * @param claimsComplete whether it says {@code complete: true}
     * @param isFinal whether faults have been healed and all writes have ended before it began
     */
    public record Read(
            String reader,
            long invokedMicros,
            long respondedMicros,
            List<Key> asked,
            boolean claimsComplete,
            boolean isFinal,
            List<Observed> observed) {

        public Read {
            asked = List.copyOf(asked);
            observed = List.copyOf(observed);
        }
    }
}
