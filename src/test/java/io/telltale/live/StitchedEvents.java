package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one who began with {@code since} saw of a sensor, split where history ended and Kafka began.
 *
 * @param history what was replayed
 * @param before the records that were sent before the cutover
 * @param later those behind it, all of which were seen
 */
record StitchedEvents(List<Sent> history, List<Sent> before, List<Sent> later) {

    /** A record of a sensor: its value, which no other record of the sensor has, at an event time that others may have. */
    record Sent(long timestampMillis, int value) {}

    /** Splits at the longest end that is the same. */
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
     * What was replayed has to be what was current at the cutover, each once and in order of time; only what a later record
     * replaced may be missing.
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
        assertThat(replaced).as("what %s was not given", whose).containsAll(current.keySet());
    }
}
