package io.telltale.evaluate.streaming;

import java.util.BitSet;
import java.util.List;

/**
 * What a subscriber received of a load.
 *
 * @param numbers of the readings that came at least once
 * @param repeats how many events came again
 * @param gapMillis when gap events came, by the clock
 * @param reconnects how often it opened another stream
 */
record ReceivedEvents(BitSet numbers, int repeats, List<Long> gapMillis, int reconnects) {

    ReceivedEvents {
        numbers = (BitSet) numbers.clone();
        gapMillis = List.copyOf(gapMillis);
    }

    /** Acknowledged readings that never came. */
    BitSet missed(Ledger ledger) {
        BitSet missed = (BitSet) ledger.acknowledged().clone();
        missed.andNot(numbers);
        return missed;
    }

    /** Those that no gap explains: a gap explains what was due before it came. */
    long missedWithoutGap(Ledger ledger) {
        long lastGap = gapMillis.stream().mapToLong(Long::longValue).max().orElse(0);
        return missed(ledger).stream()
                .filter(n -> ledger.fleet().timestampOf(n) > lastGap)
                .count();
    }
}
