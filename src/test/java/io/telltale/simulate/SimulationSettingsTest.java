package io.telltale.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationSettingsTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1_000_001})
    void aFleetHasOneToAMillionSensors(int sensors) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SimulationSettings.of(sensors, START))
                .withMessage("sensors is %d; expected a number from 1 to 1000000", sensors);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 100.1, Double.NaN, Double.POSITIVE_INFINITY})
    void aRateIsFromOnceADayToAHundredASecond(double rate) {
        SimulationSettings settings = SimulationSettings.of(1, START);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withRatePerSensor(rate))
                .withMessage("ratePerSensor is %s; expected readings per second from 0.00001 to 100", rate);
    }

    @Test
    void aFleetHasASite() {
        SimulationSettings settings = SimulationSettings.of(1, START);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withSites(0))
                .withMessage("sites is 0; expected a number from 1 to 10000");
    }

    @Test
    void aStartIsWithinReason() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SimulationSettings.of(1, Instant.EPOCH))
                .withMessageStartingWith("start is 1970-01-01T00:00:00Z; expected an instant from ");
    }

    @Test
    void eachKindIsNamedOnce() {
        SimulationSettings settings = SimulationSettings.of(1, START);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withKinds(SensorKind.DOOR, SensorKind.DOOR))
                .withMessage("kinds is [DOOR, DOOR]; expected at least one, each once");
        assertThatIllegalArgumentException().isThrownBy(settings::withKinds).withMessageStartingWith("kinds is []");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void aShareIsFromNoneToAll(double share) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FaultShares(0, share, 0, 0, 0))
                .withMessage("duplicate is %s; expected a share from 0 to 1", share);
    }

    @Test
    void sharesTogetherAreAtMostAll() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FaultShares(0.5, 0.5, 0, 0, 0.5))
                .withMessage("fault shares add up to 1.5; expected at most 1, since a reading meets at most one");
    }

    @Test
    void theProgramTakesItsSettingsFromItsOptions() {
        ProgramOptions options = ProgramOptions.of(
                new String[] {"--sensors=12", "--rate=0.5", "--late=0.25"}, Set.of("sensors", "rate", "late"));

        SimulationSettings settings = SimulatorProgram.settings(options, Clock.fixed(START, ZoneOffset.UTC));

        assertThat(settings.sensors()).isEqualTo(12);
        assertThat(settings.ratePerSensor()).isEqualTo(0.5);
        assertThat(settings.faults().late()).isEqualTo(0.25);
        assertThat(settings.start()).isEqualTo(START);
    }

    @Test
    void theProgramSaysWhichOptionIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProgramOptions.of(new String[] {"--sensor=12"}, Set.of("sensors")))
                .withMessage("argument '--sensor=12' is not known; expected --name=value with one of sensors");
        ProgramOptions options = ProgramOptions.of(new String[] {"--sensors=dozen"}, Set.of("sensors"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SimulatorProgram.settings(options, Clock.fixed(START, ZoneOffset.UTC)))
                .withMessage("sensors is 'dozen'; expected a whole number");
    }
}
