package io.telltale.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OpenLoopTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final SimulationSettings HUNDRED_A_SECOND =
            SimulationSettings.of(100, START).withFaults(FaultShares.NONE);

    private final ManualClock clock = new ManualClock(Instant.parse("2026-05-05T05:05:05Z"));
    private final Ledger ledger = new Ledger(1_000_000);
    private final RecordedSink sink = new RecordedSink(ledger);

    @Test
    void readingsAreSpreadEvenlyOverThePeriod() {
        OpenLoop loop = new OpenLoop(HUNDRED_A_SECOND, sink, clock, 1_000);
        loop.sendDue();
        assertThat(sink.records()).hasSize(1);

        for (int i = 1; i <= 10; i++) {
            clock.move(Duration.ofMillis(100));
            loop.sendDue();
            assertThat(sink.records()).hasSize(10 * i + 1);
        }
    }

    @Test
    void theScheduleOfAHugeFleetKeepsPace() {
        Schedule schedule = new Schedule(1_000_000, 0.00001);
        assertThat(schedule.dueAfter(Duration.ofDays(10).toNanos())).isCloseTo(8_640_000, within(1L));
        for (long number = 0; number < 3_000_000; number += 7_919) {
            assertThat(schedule.dueAfter(schedule.dueNanos(number))).isEqualTo(number + 1);
            assertThat(schedule.dueAfter(schedule.dueNanos(number) - 1)).isEqualTo(number);
        }
    }

    @Test
    void aShortStallIsMadeUpForInFull() {
        OpenLoop loop = new OpenLoop(HUNDRED_A_SECOND, sink, clock, 1_000);
        loop.sendDue();

        sink.takeOnly(0);
        clock.move(Duration.ofSeconds(9));
        loop.sendDue();
        sink.takeOnly(Long.MAX_VALUE);
        clock.move(Duration.ofSeconds(1));
        loop.sendDue();

        assertThat(loop.counts().sent()).isEqualTo(1_001);
        assertThat(loop.counts().notSent()).isZero();
    }

    @Test
    void aSlowSinkDoesNotSlowTheSchedule() {
        OpenLoop loop = new OpenLoop(HUNDRED_A_SECOND, sink, clock, 50);
        loop.sendDue();

        // Sixty seconds of a fleet of 100 readings a second, into a sink that takes 40.
        for (int second = 0; second < 60; second++) {
            sink.takeOnly(40);
            clock.move(Duration.ofSeconds(1));
            loop.sendDue();
        }
        loop.finish();

        SimulationCounts counts = loop.counts();
        assertThat(counts.due()).isEqualTo(6_001);
        assertThat(counts.sent()).isEqualTo(1 + 60 * 40);
        assertThat(counts.notSent()).isEqualTo(6_001 - counts.sent());
        long lastSecondsOld = newestMillis() - START.plusSeconds(59).toEpochMilli();
        assertThat(lastSecondsOld).isBetween(0L, 1_000L);
    }

    @Test
    void withAllFaultsTheCountsStillBalanceAfterAStall() {
        FaultShares many = new FaultShares(0.1, 0.1, 0.1, 0.1, 0.1);
        OpenLoop loop = new OpenLoop(HUNDRED_A_SECOND.withFaults(many), sink, clock, 500);
        for (int second = 0; second < 100; second++) {
            boolean stalled = second >= 40 && second < 60;
            sink.takeOnly(stalled ? 0 : Long.MAX_VALUE);
            clock.move(Duration.ofSeconds(1));
            loop.sendDue();
        }
        loop.finish();

        SimulationCounts counts = loop.counts();
        assertThat(counts.notSent()).isPositive();
        assertThat(counts.due()).isEqualTo(counts.distinct() + counts.deadLetters() + counts.notSent());
        assertThat(counts.distinct() + counts.repeats() + counts.corrections() + counts.deadLetters())
                .isEqualTo(counts.sent())
                .isEqualTo(sink.records().size());
        assertThat(ledger.size()).isEqualTo(counts.distinct());
    }

    @Test
    void whatIsHeldBackWhenTheSinkIsFullCountsAsNotSent() {
        FaultShares allHeldBack = new FaultShares(0, 0, 0, 1, 0);
        OpenLoop loop = new OpenLoop(HUNDRED_A_SECOND.withFaults(allHeldBack), sink, clock, 500);
        loop.sendDue();
        clock.move(Duration.ofMillis(500));
        loop.sendDue();
        sink.takeOnly(10);
        loop.finish();

        assertThat(loop.counts().sent(Cause.OUT_OF_ORDER)).isEqualTo(10);
        assertThat(loop.counts().notSent()).isEqualTo(41);
    }

    @Test
    void whatFellDueWhileTheSenderWasHeldUpIsCountedAtTheEnd() {
        OpenLoop loop = new OpenLoop(HUNDRED_A_SECOND, sink, clock, 500);
        loop.sendDue();
        sink.takeOnly(200);
        clock.move(Duration.ofSeconds(10));
        loop.finish();

        assertThat(loop.counts().due()).isEqualTo(1_001);
        assertThat(loop.counts().sent()).isEqualTo(201);
        assertThat(loop.counts().notSent()).isEqualTo(800);
    }

    private long newestMillis() {
        return ledger.sensors().stream()
                .mapToLong(sensor -> ledger.readings(sensor).lastKey())
                .max()
                .orElseThrow();
    }
}
