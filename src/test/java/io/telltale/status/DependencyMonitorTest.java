package io.telltale.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.status.DependencyMonitor.Availability;
import io.telltale.status.DependencyMonitor.Observations;
import org.junit.jupiter.api.Test;

class DependencyMonitorTest {

    private final Observations observations = new Observations();

    @Test
    void keepsTheTimeOfTheFirstOfEqualChecks() {
        assertThat(observations.add(true, 100)).isEqualTo(new Availability(true, 100));
        assertThat(observations.add(true, 200)).isEqualTo(new Availability(true, 100));
        assertThat(observations.add(false, 300)).isEqualTo(new Availability(false, 300));
        assertThat(observations.add(false, 400)).isEqualTo(new Availability(false, 300));
        assertThat(observations.add(true, 500)).isEqualTo(new Availability(true, 500));
    }

    /** A check that fails takes 2 s: it may end after a later one that succeeds at once. */
    @Test
    void ignoresACheckThatBeganEarlier() {
        observations.add(false, 100);
        observations.add(true, 300);
        assertThat(observations.add(false, 200)).isEqualTo(new Availability(true, 300));
    }
}
