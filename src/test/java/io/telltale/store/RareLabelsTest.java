package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** For how long the sensors of a label are remembered. */
class RareLabelsTest {

    private static final SensorFilter FILTER = new SensorFilter(null, null, Map.of("floor", "2"));
    private static final List<SensorId> IDS = List.of(new SensorId("boiler-7"), new SensorId("boiler-8"));

    private long nanos = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos();
    private final RareLabels rare = rare();

    private RareLabels rare() {
        return new RareLabels(new Shreddings(Clock.systemUTC()), () -> nanos);
    }

    @BeforeEach
    void trust() {
        rare.trust(rare.now());
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void remembersUntilASensorChanges() {
        rare.remember(FILTER, IDS, rare.changes());
        assertThat(rare.sensors(FILTER)).isEqualTo(IDS);
        rare.forget();
        assertThat(rare.sensors(FILTER)).isNull();
    }

    @Test
    void doesNotRememberWhatWasReadBeforeAChange() {
        long before = rare.changes();
        rare.forget();
        rare.remember(FILTER, IDS, before);
        assertThat(rare.sensors(FILTER)).isNull();
    }

    @Test
    void trustsItsMemoryFor9sFromTheStartOfAPoll() {
        rare.remember(FILTER, IDS, rare.changes());
        long asked = rare.now();
        pass(Duration.ofSeconds(5));
        rare.trust(asked);
        pass(Duration.ofSeconds(4).minusNanos(1));
        assertThat(rare.sensors(FILTER)).isEqualTo(IDS);
        pass(Duration.ofNanos(1));
        assertThat(rare.sensors(FILTER)).isNull();
        rare.trust(rare.now());
        assertThat(rare.sensors(FILTER)).isEqualTo(IDS);
    }

    @Test
    void trustsNothingBeforeTheFirstPoll() {
        RareLabels started = rare();
        started.remember(FILTER, IDS, started.changes());
        assertThat(started.sensors(FILTER)).isNull();
    }

    /** Not every change is found by polls, and polls may succeed for ever. */
    @Test
    void forgetsAfterAMinute() {
        rare.remember(FILTER, IDS, rare.changes());
        pass(RareLabels.MAX_AGE.minusMillis(1));
        rare.trust(rare.now());
        assertThat(rare.sensors(FILTER)).isEqualTo(IDS);
        pass(Duration.ofMillis(1));
        assertThat(rare.sensors(FILTER)).isNull();
    }

    @Test
    void remembersThatNoSensorMatches() {
        rare.remember(FILTER, List.of(), rare.changes());
        assertThat(rare.sensors(FILTER)).isEmpty();
    }

    @Test
    void remembersNoLabelOfManySensors() {
        List<SensorId> many = IntStream.rangeClosed(0, RareLabels.MAX_SENSORS)
                .mapToObj(i -> new SensorId("s" + i))
                .toList();
        rare.remember(FILTER, many.subList(1, many.size()), rare.changes());
        assertThat(rare.sensors(FILTER)).hasSize(RareLabels.MAX_SENSORS);
        rare.forget();
        rare.remember(FILTER, many, rare.changes());
        assertThat(rare.sensors(FILTER)).isNull();
    }

    /** A type or site may change with a reading, which is not reported here. */
    @Test
    void decidesOnLabelsAlone() {
        assertThat(RareLabels.decide(FILTER)).isTrue();
        assertThat(RareLabels.decide(new SensorFilter(null, "berlin-1", FILTER.labels())))
                .isFalse();
        assertThat(RareLabels.decide(new SensorFilter(new SensorType("heat"), null, FILTER.labels())))
                .isFalse();
        assertThat(RareLabels.decide(new SensorFilter(null, null, Map.of()))).isFalse();
    }
}
