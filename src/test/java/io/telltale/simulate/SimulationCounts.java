package io.telltale.simulate;

import java.util.Map;

/**
 * What a fleet has sent so far. {@code distinct() + repeats() + corrections() + deadLetters() = sent()} always; once it
 * is closed also {@code acknowledged() + failed() = sent()} and {@code due() = distinct() + deadLetters() + notSent()}.
 *
 * @param due readings that fell due, sent or not
 * @param notSent readings that were never handed over, since Kafka took them too slowly
 * @param sentByCause records handed over that the service should accept
 * @param sentByReason records handed over that belong in the dead letters, by the code of the contract
 * @param acknowledged records that Kafka has acknowledged
 * @param failed records that Kafka has not acknowledged in time; it may have stored them nonetheless
 */
public record SimulationCounts(
        long due,
        long notSent,
        Map<Cause, Long> sentByCause,
        Map<String, Long> sentByReason,
        long acknowledged,
        long failed) {

    public SimulationCounts {
        sentByCause = Map.copyOf(sentByCause);
        sentByReason = Map.copyOf(sentByReason);
    }

    public long sent(Cause cause) {
        return sentByCause.getOrDefault(cause, 0L);
    }

    /** All records handed over. */
    public long sent() {
        return accepted() + deadLetters();
    }

    /** Records that the service should accept, repeats and corrections included. */
    public long accepted() {
        return sum(sentByCause);
    }

    /** Readings that should be stored, each sensor and millisecond counted once. */
    public long distinct() {
        return sent(Cause.ON_TIME) + sent(Cause.LATE) + sent(Cause.OUT_OF_ORDER);
    }

    public long repeats() {
        return sent(Cause.REPEAT);
    }

    public long corrections() {
        return sent(Cause.CORRECTION);
    }

    public long deadLetters() {
        return sum(sentByReason);
    }

    private static long sum(Map<?, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
