package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Value;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Shows that the accounts after a fault detect every kind of error. */
class DifferenceTest {

    private static final Value WARM = new Value.Numeric(21.5);
    private static final Value COLD = new Value.Numeric(-3);

    private final TreeMap<Long, Value> sent = new TreeMap<>(Map.of(1_000L, WARM, 2_000L, COLD));
    private final TreeMap<Long, Value> answered = new TreeMap<>(sent);
    private final TreeMap<Long, Set<Value>> unsettled = new TreeMap<>();

    @Test
    void isEmptyIfAllIsStored() {
        assertThat(Difference.between(sent, unsettled, answered)).isEmpty();
    }

    @Test
    void reportsALostReading() {
        answered.remove(1_000L);

        assertThat(Difference.between(sent, unsettled, answered)).hasValueSatisfying(text -> assertThat(text)
                .contains("2 readings with", "1 readings with")
                .contains("lost [1970-01-01T00:00:01Z="));
    }

    @Test
    void reportsAReadingThatWasNeverSent() {
        answered.put(3_000L, WARM);

        assertThat(Difference.between(sent, unsettled, answered))
                .hasValueSatisfying(text -> assertThat(text).contains("never sent [1970-01-01T00:00:03Z="));
    }

    @Test
    void reportsAnotherValue() {
        answered.put(2_000L, WARM);

        assertThat(Difference.between(sent, unsettled, answered))
                .hasValueSatisfying(text -> assertThat(text).contains("of another value [1970-01-01T00:00:02Z="));
    }

    @Test
    void allowsUnsettledReadings() {
        unsettled.put(2_000L, Set.of(WARM));
        unsettled.put(3_000L, Set.of(WARM));

        assertThat(Difference.between(sent, unsettled, answered)).isEmpty();
        answered.put(2_000L, WARM);
        answered.put(3_000L, WARM);
        assertThat(Difference.between(sent, unsettled, answered)).isEmpty();
        answered.put(3_000L, COLD);
        assertThat(Difference.between(sent, unsettled, answered)).isPresent();
    }
}
