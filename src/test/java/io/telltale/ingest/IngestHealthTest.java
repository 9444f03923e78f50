package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.ingest.ConsumerWatchdog.Standstill;
import io.telltale.kafka.TopicLabels;
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
    private final IngestHealth health =
            new IngestHealth(clock, new IngestMetrics(new SimpleMeterRegistry(), new TopicLabels(), Clock.systemUTC()));

    @Test
    void endsAnOutageWhenAllPlacesRecover() {
        health.failed(WRITING, "shard 1", failure);
        health.failed(WRITING, "shard 2", failure);
        health.succeeded(WRITING, "shard 3");
        health.succeeded(WRITING, "shard 1");
        assertThat(health.outage()).hasToString("Optional[writing readings failed in shard 2, no replica answers]");
        health.succeeded(WRITING, "shard 2");
        assertThat(health.outage()).isEmpty();
    }

    @Test
    void namesTheFirstPlaceOfAnOutage() {
        health.failed(WRITING, "shard 7", failure);
        health.failed(WRITING, "shard 1", failure);
        assertThat(health.outage().orElseThrow().where()).isEqualTo(" in 2 places, first shard 7");
    }

    @Test
    void namesTheLongerOutage() {
        health.failed("sending dead letters", failure);
        health.failed(WRITING, "shard 7", failure);
        assertThat(health.outage().orElseThrow().what()).isEqualTo("sending dead letters");
    }

    @Test
    void limitsTheLogPerOperation() {
        try (CapturedLog log = CapturedLog.by(IngestHealth.class)) {
            for (int i = 0; i < 1_000; i++) {
                health.failed(WRITING, "shard 7", failure);
            }
            health.failed("sending dead letters", failure);
            assertThat(log.lines())
                    .containsExactly(
                            "Ingest waits: writing readings failed in shard 7, retrying: no replica answers",
                            "Ingest waits: sending dead letters failed, retrying: no replica answers");
        }
    }

    @Test
    void reportsADeadlockAfterAMinuteWithoutProgress() {
        health.setBusy(true);
        clock.move(Duration.ofSeconds(60));
        assertThat(health.deadlock()).isEmpty();
        clock.move(Duration.ofSeconds(1));
        assertThat(health.deadlock()).hasValue("no progress for 61 s without a known outage");
        health.failed(WRITING, "shard 1", failure);
        assertThat(health.deadlock()).as("during an outage").isEmpty();
        health.succeeded(WRITING, "shard 1");
        assertThat(health.deadlock()).as("after progress").isEmpty();
    }

    @Test
    void reportsNoDeadlockWhenIdle() {
        health.setBusy(true);
        health.setBusy(false);
        clock.move(Duration.ofHours(1));
        assertThat(health.deadlock()).isEmpty();
        health.setBusy(true);
        assertThat(health.deadlock()).as("at the start of new work").isEmpty();
    }

    @Test
    void reportsAStandstillOfTheConsumer() {
        Optional<Standstill> standstill = Optional.of(new Standstill("is asleep", Duration.ofMinutes(1)));
        health.consumerIs(standstill);
        clock.move(Duration.ofSeconds(60));
        health.consumerIs(standstill);
        assertThat(health.deadlock()).isEmpty();
        clock.move(Duration.ofSeconds(1));
        assertThat(health.deadlock()).hasValue("for 61 s the Kafka consumer is asleep");
        health.setBusy(true);
        assertThat(health.deadlock()).as("while a poll is in progress").isEmpty();
        health.setBusy(false);
        health.failed(WRITING, "shard 1", failure);
        assertThat(health.deadlock()).as("during an outage").isEmpty();
        health.succeeded(WRITING, "shard 1");
        health.consumerIs(Optional.empty());
        health.consumerIs(standstill);
        assertThat(health.deadlock()).as("after progress of the consumer").isEmpty();
    }

    @Test
    void reportsABugAsPermanentDeadlock() {
        health.reportBug(new IllegalStateException("impossible"));
        health.succeeded(WRITING, "shard 1");
        assertThat(health.deadlock()).hasValue("broken by java.lang.IllegalStateException: impossible");
    }
}
