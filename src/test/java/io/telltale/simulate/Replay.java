package io.telltale.simulate;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends recorded measurements again, in the order of their timestamps and with them. The file is CSV with the header
 * {@code sensorId,type,timestamp,value}, sorted by timestamp; it is checked to its end before anything is sent, and
 * never held in memory.
 *
 * <p>From the command line: {@code --bootstrap-servers=localhost:9092 --file=measured.csv --speed=86400}.
 */
public final class Replay {

    private static final Set<String> OPTIONS = new TreeSet<>(Set.of("bootstrap-servers", "file", "speed"));
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Path file;
    private final Speed speed;
    private final Clock clock;

    public Replay(Path file, Speed speed, Clock clock) {
        this.file = file;
        this.speed = speed;
        this.clock = clock;
    }

    /**
     * What came of a replay.
     *
     * @param sent measurements handed over
     * @param acknowledged of them, those that Kafka has acknowledged
     * @param failed of them, those that it has not acknowledged in time
     */
    public record Counts(long sent, long acknowledged, long failed) {}

    /**
     * Checks the file, makes the topics that are missing, and sends everything. An interrupt ends it early and in
     * order: what was sent is acknowledged and counted, and the thread stays interrupted.
     *
     * @param ledger where to write down what was acknowledged, if anywhere
     * @throws IllegalArgumentException if the file is bad, naming line, field, value and what was expected; nothing was
     *     sent then
     */
    public Counts sendTo(String bootstrapServers, @Nullable Ledger ledger) throws IOException {
        return sendTo(Map.of("bootstrap.servers", bootstrapServers), ledger);
    }

    /** The same, to a Kafka that may need credentials. */
    public Counts sendTo(Map<String, Object> connection, @Nullable Ledger ledger) throws IOException {
        Set<SensorType> types = check();
        RecordSink sink = KafkaSink.open(connection, types, ledger);
        return sendAll(sink);
    }

    /** Checks, and sends everything; closes the sink. */
    Counts send(RecordSink sink) throws IOException {
        check();
        return sendAll(sink);
    }

    /** Reads the file to its end, and says which types are in it. */
    private Set<SensorType> check() throws IOException {
        Set<SensorType> types = new HashSet<>();
        try (Measurements measurements = Measurements.open(file)) {
            for (Reading reading = measurements.next(); reading != null; reading = measurements.next()) {
                types.add(reading.type());
            }
        }
        return types;
    }

    private Counts sendAll(RecordSink sink) throws IOException {
        long sent = 0;
        boolean interrupted = false;
        try (sink;
                Measurements measurements = Measurements.open(file)) {
            Instant startedAt = clock.instant();
            long firstMillis = 0;
            for (Reading reading = measurements.next(); reading != null; reading = measurements.next()) {
                if (sent == 0) {
                    firstMillis = reading.timestampMillis();
                }
                awaitDue(startedAt, speed.nanosFor(reading.timestampMillis() - firstMillis));
                awaitRoom(sink);
                if (Thread.interrupted()) {
                    interrupted = true;
                    break;
                }
                sink.send(record(reading));
                sent++;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return new Counts(sent, sink.acknowledged(), sink.failed());
    }

    private void awaitDue(Instant startedAt, long dueNanos) {
        if (dueNanos == 0) {
            return;
        }
        for (long left = left(startedAt, dueNanos);
                left > 0 && !Thread.currentThread().isInterrupted();
                left = left(startedAt, dueNanos)) {
            LockSupport.parkNanos(Math.min(left, WAIT_NANOS));
        }
    }

    private long left(Instant startedAt, long dueNanos) {
        return dueNanos - Duration.between(startedAt, clock.instant()).toNanos();
    }

    /** Unlike a live fleet a replay may wait: its measurements do not get any older. */
    private static void awaitRoom(RecordSink sink) {
        while (!sink.hasRoom() && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(WAIT_NANOS);
        }
    }

    private static OutgoingRecord record(Reading reading) {
        byte[] body = new BodyWriter(reading.sensorId(), reading.type(), Description.NONE)
                .write(reading.timestampMillis(), reading.value());
        return new OutgoingRecord(
                reading.type().topic(),
                reading.sensorId().value().getBytes(StandardCharsets.UTF_8),
                body,
                new Outcome.Stored(reading, Cause.ON_TIME));
    }

    public static void main(String[] arguments) throws IOException {
        Counts counts;
        try {
            ProgramOptions options = ProgramOptions.of(arguments, OPTIONS);
            Speed speed = options.get("speed", Speed.MAX, Speed::parse, "a number above 0, or max");
            counts = new Replay(Path.of(options.required("file")), speed, Clock.systemUTC())
                    .sendTo(options.required("bootstrap-servers"), null);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        System.out.printf(
                "Sent %d measurements; Kafka acknowledged %d, not %d.%n",
                counts.sent(), counts.acknowledged(), counts.failed());
        if (counts.failed() > 0) {
            System.exit(1);
        }
    }
}
