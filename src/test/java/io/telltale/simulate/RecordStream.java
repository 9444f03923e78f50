package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The records of a fleet, in the order in which they are sent: the readings as they fall due and, between them, what
 * follows from earlier ones: repeats, corrections, readings held back. Each record is a pure function of the settings
 * and of the number of its reading, so one held back is remembered as a number and made again when its time comes.
 *
 * <p>No two readings share a sensor and millisecond: each reading has a stretch of at least ten milliseconds before it
 * is due. Its own timestamp lies in the younger half; the older half belongs to the one late reading that may reach
 * back to it, as all late readings of a sensor reach back equally far.
 *
 * <p>Not safe for use by several threads.
 */
final class RecordStream {

    private static final long FAULT = 32L << 56;
    private static final long ROUNDS = 33L << 56;
    private static final long JITTER = 34L << 56;
    private static final long FORM = 35L << 56;
    private static final long MALFORMATION = 36L << 56;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int MAX_JITTER_MILLIS = 5;

    /** A held-back record comes after one to three more readings of its sensor. */
    private static final int MAX_ROUNDS_HELD_BACK = 3;

    /** One sensor record in so many writes its timestamp as epoch milliseconds. */
    private static final int ONE_IN_SO_MANY_IN_EPOCH_MILLIS = 10;

    private final SimulationSettings settings;
    private final Schedule schedule;
    private final long startMillis;
    private final int halfStretchMillis;
    private final @Nullable SimulatedSensor[] sensors;
    private final PriorityQueue<HeldBack> heldBack =
            new PriorityQueue<>(Comparator.comparingLong(HeldBack::release).thenComparingLong(HeldBack::number));
    private long next;

    RecordStream(SimulationSettings settings, Schedule schedule) {
        this.settings = settings;
        this.schedule = schedule;
        this.startMillis = settings.start().toEpochMilli();
        this.halfStretchMillis = (int) Math.min(schedule.periodNanos() / NANOS_PER_MILLI / 2, 1_000);
        this.sensors = new SimulatedSensor[settings.sensors()];
    }

    /** The number of the reading that is made next. */
    long next() {
        return next;
    }

    /** Leaves readings out, up to this number. What is held back of earlier ones still comes. */
    void skipTo(long number) {
        next = Math.max(next, number);
    }

    /** The next record, or null if none comes before the reading of this number. */
    @Nullable
    OutgoingRecord nextBefore(long number) {
        while (true) {
            HeldBack first = heldBack.peek();
            if (first != null && first.release() <= next) {
                heldBack.remove();
                return accepted(first.number(), first.cause());
            }
            if (next >= number) {
                return null;
            }
            OutgoingRecord record = ofReading(next++);
            if (record != null) {
                return record;
            }
        }
    }

    /** What is still held back, without waiting for its time; null once there is nothing. */
    @Nullable
    OutgoingRecord nextHeldBack() {
        HeldBack first = heldBack.poll();
        return first == null ? null : accepted(first.number(), first.cause());
    }

    /** How many readings were due but are held back still. */
    long readingsHeldBack() {
        return heldBack.stream()
                .filter(held -> held.cause() == Cause.OUT_OF_ORDER)
                .count();
    }

    /** The record of a reading that is due; null if it is held back. */
    private @Nullable OutgoingRecord ofReading(long number) {
        FaultShares faults = settings.faults();
        double chance = Noise.unit(settings.seed(), FAULT, number);
        if ((chance -= faults.malformed()) < 0) {
            return malformed(number);
        }
        if ((chance -= faults.late()) < 0) {
            return accepted(number, Cause.LATE);
        }
        if ((chance -= faults.outOfOrder()) < 0) {
            holdBack(number, Cause.OUT_OF_ORDER);
            return null;
        }
        if ((chance -= faults.duplicate()) < 0) {
            holdBack(number, Cause.REPEAT);
        } else if (chance < faults.corrected()) {
            holdBack(number, Cause.CORRECTION);
        }
        return accepted(number, Cause.ON_TIME);
    }

    private void holdBack(long number, Cause cause) {
        long rounds = 1L + Noise.below(MAX_ROUNDS_HELD_BACK, settings.seed(), ROUNDS, number);
        heldBack.add(new HeldBack(number + rounds * settings.sensors() + 1, number, cause));
    }

    private OutgoingRecord accepted(long number, Cause cause) {
        SimulatedSensor sensor = sensor(schedule.sensorOf(number));
        long millis = cause == Cause.LATE ? lateMillis(sensor, number) : millis(number);
        Value value = cause == Cause.CORRECTION
                ? sensor.signal().correctedAt(millis)
                : sensor.signal().at(millis);
        boolean inEpochMillis = Noise.below(ONE_IN_SO_MANY_IN_EPOCH_MILLIS, settings.seed(), FORM, number) == 0;
        byte[] body = inEpochMillis
                ? sensor.bodies().writeEpochMillis(millis, value)
                : sensor.bodies().write(millis, value);
        return new OutgoingRecord(
                sensor.topic(),
                sensor.key(),
                body,
                new Outcome.Stored(new Reading(sensor.id(), sensor.type(), millis, value), cause));
    }

    private OutgoingRecord malformed(long number) {
        SimulatedSensor sensor = sensor(schedule.sensorOf(number));
        Malformation kind = Malformation.chosenBy(Noise.bits(settings.seed(), MALFORMATION, number));
        Template template = new Template(sensor.id(), sensor.type(), millis(number));
        String key = kind.key(template);
        return new OutgoingRecord(
                sensor.topic(),
                key == null ? null : key.getBytes(UTF_8),
                kind.body(template),
                new Outcome.Rejected(kind.reason()));
    }

    /** A sensor reads up to a few milliseconds before its reading is due to be sent. */
    private long millis(long number) {
        int bound = Math.min(MAX_JITTER_MILLIS, halfStretchMillis);
        return dueMillis(number) - Noise.below(bound, settings.seed(), JITTER, number);
    }

    private long lateMillis(SimulatedSensor sensor, long number) {
        long rounds = Math.max(1, Math.round(sensor.lagMillis() * (double) NANOS_PER_MILLI / schedule.periodNanos()));
        return dueMillis(number - rounds * settings.sensors()) - halfStretchMillis;
    }

    private long dueMillis(long number) {
        return startMillis + Math.floorDiv(schedule.dueNanos(number), NANOS_PER_MILLI);
    }

    private SimulatedSensor sensor(int number) {
        SimulatedSensor sensor = sensors[number];
        if (sensor == null) {
            sensor = SimulatedSensor.of(settings, number);
            sensors[number] = sensor;
        }
        return sensor;
    }

    /**
     * A record whose time has not come.
     *
     * @param release it comes before the reading of this number
     * @param number the reading it is made from
     */
    private record HeldBack(long release, long number, Cause cause) {}
}
