package io.telltale.evaluate.partitioning;

import io.telltale.sensors.SensorId;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Sensors that send in turn, so that the fleet as a whole sends at a constant rate of event time.
 *
 * @param sensors how many
 * @param stepMillis between two readings of one sensor
 * @param startMillis the event time of the first reading
 */
public record Fleet(int sensors, long stepMillis, long startMillis) {

    /** A fleet that sends {@code perSecond} readings in each second, whatever its size. */
    public static Fleet ofRate(int sensors, int perSecond, long startMillis) {
        return new Fleet(sensors, Math.max(1, 1_000L * sensors / perSecond), startMillis);
    }

    public SensorId sensor(int number) {
        return new SensorId("sensor-%06d".formatted(number));
    }

    /** Allocates all ids, once: formatting one for each reading would cost more than the write. */
    public SensorId[] ids() {
        return IntStream.range(0, sensors).mapToObj(this::sensor).toArray(SensorId[]::new);
    }

    /** Which sensor sends the nth reading of the fleet. */
    public int sensorOf(long n) {
        return (int) (n % sensors);
    }

    /** The event time of the nth reading of the fleet. */
    public long timestampOf(long n) {
        return startMillis + n / sensors * stepMillis + n % sensors * stepMillis / sensors;
    }

    /** Sensors spread evenly over the fleet. */
    public Stream<Integer> sample(int size) {
        int count = Math.min(size, sensors);
        return IntStream.range(0, count).mapToObj(i -> (int) ((long) i * sensors / count));
    }
}
