package io.telltale.segment;

import io.telltale.sensors.Value;
import java.util.Arrays;

/** Readings that wait to become blocks, in arrays: the readings of one sensor after another. */
final class BlockRows {

    private static final int INITIAL_CAPACITY = 64;

    long[] times = new long[INITIAL_CAPACITY];
    Value[] values = new Value[INITIAL_CAPACITY];
    long[] recordTimes = new long[INITIAL_CAPACITY];
    long[] positions = new long[INITIAL_CAPACITY];
    int[] epochs = new int[INITIAL_CAPACITY];
    long[] expiries = new long[INITIAL_CAPACITY];
    int size;

    void add(SegmentReading reading) {
        if (size == times.length) {
            grow();
        }
        times[size] = reading.timestampMillis();
        values[size] = reading.value();
        recordTimes[size] = reading.recordTimeMillis();
        positions[size] = reading.originPosition();
        epochs[size] = reading.originEpoch();
        expiries[size] = reading.expirySecond();
        size++;
    }

    private void grow() {
        int capacity = 2 * times.length;
        times = Arrays.copyOf(times, capacity);
        values = Arrays.copyOf(values, capacity);
        recordTimes = Arrays.copyOf(recordTimes, capacity);
        positions = Arrays.copyOf(positions, capacity);
        epochs = Arrays.copyOf(epochs, capacity);
        expiries = Arrays.copyOf(expiries, capacity);
    }

    void clear() {
        size = 0;
    }
}
