package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.ingest.ConsumerWatchdog.Standstill;
import io.telltale.settings.CapturedLog;
import io.telltale.settings.ManualClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IngestHealthTest {

    private final Exception failure = new IllegalStateException("no replica answers");
    private static final String WRITING = "writing readings";

    private final ManualClock clock = new ManualClock(Instant.ofEpochSecond(1_700_000_000));
    private final IngestHealth pulse =
            new IngestHealth(clock, new IngestMetrics(new SimpleMeterRegistry(), Clock.systemUTC()));

    @Test
    void endsAnOutageWhenAllPlacesRecover() {
        pulse.failed(WRITING, "shard 1", failure);
        pulse.failed(WRITING, "shard 2", failure);
        pulse.succeeded(WRITING, "shard 3");
        pulse.succeeded(WRITING, "shard 1");
        assertThat(pulse.outage()).hasToString("Optional[writing readings failed in shard 2, no replica answers]");
        pulse.succeeded(WRITING, "shard 2");
        assertThat(pulse.outage()).isEmpty();
    }

    @Test
    void namesTheFirstPlaceOfAnOutage() {
        pulse.failed(WRITING, "shard 7", failure);
        pulse.failed(WRITING, "shard 1", failure);
        assertThat(pulse.outage().orElseThrow().where()).isEqualTo(" in 2 places, first shard 7");
    }

    @Test
    void namesTheLongerOutage() {
        pulse.failed("sending dead letters", failure);
        pulse.failed(WRITING, "shard 7", failure);
        assertThat(pulse.outage().orElseThrow().what()).isEqualTo("sending dead letters");
    }

    @Test
    void limitsTheLogPerOperation() {
        try (CapturedLog said = CapturedLog.by(IngestHealth.class)) {
            for (int i = 0; i < 1_000; i++) {
                pulse.failed(WRITING, "shard 7", failure);
            }
            pulse.failed("sending dead letters", failure);
            assertThat(said.lines())
                    .containsExactly(
                            "Ingest waits: writing readings failed in shard 7, retrying: no replica answers",
                            "Ingest waits: sending dead letters failed, retrying: no replica answers");
        }
    }

    @Test
    void reportsADeadlockAfterAMinuteWithoutProgress() {
        pulse.busy(true);
        clock.move(Duration.ofSeconds(60));
        assertThat(pulse.deadlock()).isEmpty();
        clock.move(Duration.ofSeconds(1));
        assertThat(pulse.deadlock()).hasValue("no progress for 61 s without a known outage");
        pulse.failed(WRITING, "shard 1", failure);
        assertThat(pulse.deadlock()).as("during an outage").isEmpty();
        pulse.succeeded(WRITING, "shard 1");
        assertThat(pulse.deadlock()).as("once something was done").isEmpty();
    }

    @Test
    void reportsNoDeadlockWhenIdle() {
        pulse.busy(true);
        pulse.busy(false);
        clock.move(Duration.ofHours(1));
        assertThat(pulse.deadlock()).isEmpty();
        pulse.busy(true);
        assertThat(pulse.deadlock()).as("at the first work for an hour").isEmpty();
    }

    @Test
    void reportsAStandstillOfTheConsumer() {
        Optional<Standstill> standstill = Optional.of(new Standstill("is asleep", Duration.ofMinutes(1)));
        pulse.consumerIs(standstill);
        clock.move(Duration.ofSeconds(60));
        pulse.consumerIs(standstill);
        assertThat(pulse.deadlock()).isEmpty();
        clock.move(Duration.ofSeconds(1));
        assertThat(pulse.deadlock()).hasValue("for 61 s the Kafka consumer is asleep");
        pulse.busy(true);
        assertThat(pulse.deadlock()).as("while what it brought is dealt with").isEmpty();
        pulse.busy(false);
        pulse.failed(WRITING, "shard 1", failure);
        assertThat(pulse.deadlock()).as("during an outage").isEmpty();
        pulse.succeeded(WRITING, "shard 1");
        pulse.consumerIs(Optional.empty());
        pulse.consumerIs(standstill);
        assertThat(pulse.deadlock()).as("having moved in between").isEmpty();
    }

    @Test
    void reportsABugAsPermanentDeadlock() {
        pulse.reportBug(new IllegalStateException("impossible"));
        pulse.succeeded(WRITING, "shard 1");
        assertThat(pulse.deadlock()).hasValue("broken by java.lang.IllegalStateException: impossible");
    }
}
