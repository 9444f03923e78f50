package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** For how long the sensors of a label are remembered. */
class RareLabelsTest {

    private static final SensorFilter FILTER = new SensorFilter(null, null, Map.of("floor", "2"));
    private static final List<SensorId> IDS = List.of(new SensorId("boiler-7"), new SensorId("boiler-8"));

    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private final RareLabels rare = new RareLabels(clock, new Shreddings(clock));

    @BeforeEach
    void trust() {
        rare.trust();
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
    void trustsItsMemoryOnlyWhileOtherReplicasAreAsked() {
        rare.remember(FILTER, IDS, rare.changes());
        clock.move(Duration.ofSeconds(4));
        assertThat(rare.sensors(FILTER)).isEqualTo(IDS);
        clock.move(Duration.ofMillis(1));
        assertThat(rare.sensors(FILTER)).isNull();
        rare.trust();
        assertThat(rare.sensors(FILTER)).isEqualTo(IDS);
    }

    @Test
    void trustsNothingBeforeTheFirstPoll() {
        RareLabels started = new RareLabels(clock, new Shreddings(clock));
        started.remember(FILTER, IDS, started.changes());
        assertThat(started.sensors(FILTER)).isNull();
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
