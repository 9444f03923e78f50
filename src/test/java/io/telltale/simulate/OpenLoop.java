package io.telltale.simulate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends a fleet's readings as they fall due by the clock, whether Kafka keeps up or not. What it cannot hand over stays
 * due, up to a bound; beyond that the oldest are given up and counted, while the schedule goes on. So a slow broker
 * shows as readings not sent and never as a fleet that reads less often.
 *
 * <p>Not safe for use by several threads, {@link #counts} excepted.
 */
final class OpenLoop {

    private final RecordStream stream;
    private final Schedule schedule;
    private final RecordSink sink;
    private final Clock clock;
    private final long maxBacklog;
    private final Tally tally = new Tally();
    private @Nullable Instant startedAt;
    private volatile long due;
    private final AtomicLong notSent = new AtomicLong();

    /**
     * @param maxBacklog how many readings may be due and unsent; it costs no memory, as they are not made before
     */
    OpenLoop(SimulationSettings settings, RecordSink sink, Clock clock, long maxBacklog) {
        this.schedule = new Schedule(settings.sensors(), settings.ratePerSensor());
        this.stream = new RecordStream(settings, schedule);
        this.sink = sink;
        this.clock = clock;
        this.maxBacklog = maxBacklog;
    }

    /** Sends what is due by now. The first call starts the schedule: the first reading is due at once. */
    void sendDue() {
        Instant now = clock.instant();
        if (startedAt == null) {
            startedAt = now;
        }
        // A clock that was set back makes nothing undue.
        due = Math.max(due, schedule.dueAfter(Duration.between(startedAt, now).toNanos()));
        giveUpUpTo(due - maxBacklog);
        while (sink.hasRoom()) {
            OutgoingRecord record = stream.nextBefore(due);
            if (record == null) {
                return;
            }
            send(record);
        }
    }

    /**
     * Sends once more what is due by now and then what was held back of earlier readings, as far as there is room;
     * gives up the rest. So what fell due while the sender was held up is counted too.
     */
    void finish() {
        if (startedAt != null) {
            sendDue();
        }
        giveUpUpTo(due);
        while (sink.hasRoom()) {
            OutgoingRecord record = stream.nextHeldBack();
            if (record == null) {
                return;
            }
            send(record);
        }
        notSent.addAndGet(stream.readingsHeldBack());
    }

    private void send(OutgoingRecord record) {
        tally.add(record.outcome());
        sink.send(record);
    }

    private void giveUpUpTo(long number) {
        notSent.addAndGet(Math.max(0, number - stream.next()));
        stream.skipTo(number);
    }

    SimulationCounts counts() {
        return tally.counts(due, notSent.get(), sink);
    }
}
