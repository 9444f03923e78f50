package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The readings of a sensor on a stream with {@code since}, split at the cutover from history to Kafka.
 *
 * @param history the replayed readings
 * @param before the records that were sent before the cutover
 * @param later the records after the cutover, all of which were received
 */
record StitchedEvents(List<Sent> history, List<Sent> before, List<Sent> later) {

    /** A record of a sensor. Its value is unique among the sensor's records, its event time is not. */
    record Sent(long timestampMillis, int value) {}

    /** Splits at the longest common suffix. */
    static StitchedEvents of(List<Sent> seen, List<Sent> sent) {
        int live = 0;
        while (live < seen.size()
                && live < sent.size()
                && seen.get(seen.size() - 1 - live).equals(sent.get(sent.size() - 1 - live))) {
            live++;
        }
        return new StitchedEvents(
                seen.subList(0, seen.size() - live),
                sent.subList(0, sent.size() - live),
                sent.subList(sent.size() - live, sent.size()));
    }

    int replayed() {
        return history.size();
    }

    int live() {
        return later.size();
    }

    /**
     * Asserts that the replay has the readings that were current at the cutover, each once and in order of time. Only
     * readings that a later record replaced may be missing.
     */
    void require(String whose) {
        assertThat(history)
                .as("order of the replay of %s", whose)
                .isSortedAccordingTo(Comparator.comparingLong(Sent::timestampMillis))
                .doesNotHaveDuplicates();
        Map<Long, Integer> current = new TreeMap<>();
        before.forEach(one -> current.put(one.timestampMillis(), one.value()));
        for (Sent one : history) {
            assertThat(current.remove(one.timestampMillis()))
                    .as("replay of %s at %d", whose, one.timestampMillis())
                    .isEqualTo(one.value());
        }
        Set<Long> replaced = new HashSet<>();
        later.forEach(one -> replaced.add(one.timestampMillis()));
        assertThat(replaced).as("readings that %s did not receive", whose).containsAll(current.keySet());
    }
}
