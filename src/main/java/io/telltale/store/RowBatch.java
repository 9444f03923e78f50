package io.telltale.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Readings of one partition on their way into the store, as the rows that they will be: one behind another in one array.
 *
 * <p>A reading lingers here, and then is looked at again and again: whether its bucket is listed, whether another replaces
 * it, what goes into the request, how long it took. By then it has left the processor's caches, and as objects it would lie
 * in seven places. So what is needed of it is worked out when it is added, while it is at hand, and rows are read in the
 * order in which they lie. Some 80 bytes a reading where there are many; a single one takes half a kilobyte, as where each
 * reading of a back-fill has a bucket of its own.
 *
 * <p>Filled on one thread, and not changed any more once it is written.
 */
public final class RowBatch {

    // A row: its event time, its write timestamp, the cell, the id of its sensor.
    private static final int WRITE_TIMESTAMP = Long.BYTES;
    private static final int CELL = 2 * Long.BYTES;

    private static final int FEW = 4;
    private static final int USUAL_ROW_BYTES = 64;

    private final Fingerprint fingerprint = new Fingerprint();
    private ByteBuffer bytes = ByteBuffer.allocate(FEW * USUAL_ROW_BYTES);

    /** Of each row, where the id begins and where it ends; there the next row begins. */
    private int[] bounds = new int[2 * FEW];

    /** Of each row, both halves of the fingerprint of its sensor. */
    private long[] sensors = new long[2 * FEW];

    private int size;

    /** Takes a reading of the partition that these rows are of. */
    public void add(RecordedReading recorded) {
        Reading reading = recorded.reading();
        String sensorId = reading.sensorId().value();
        makeRoom(CELL + ReadingCell.mostBytes(reading.value()) + sensorId.length());
        bytes.putLong(reading.timestampMillis())
                .putLong(ReadingStore.writeTimestampMicros(recorded.recordTimeMillis()));
        ReadingCell.put(bytes, recorded.origin(), reading.value());
        bounds[2 * size] = bytes.position();
        bytes.put(sensorId.getBytes(US_ASCII));
        bounds[2 * size + 1] = bytes.position();
        fingerprint.begin().name(sensorId);
        sensors[2 * size] = fingerprint.high();
        sensors[2 * size + 1] = fingerprint.low();
        size++;
    }

    private void makeRoom(int rowBytes) {
        if (bytes.remaining() < rowBytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * bytes.capacity(), bytes.position() + rowBytes));
            bytes = larger.put(bytes.flip());
        }
        if (2 * size == bounds.length) {
            bounds = Arrays.copyOf(bounds, 2 * bounds.length);
            sensors = Arrays.copyOf(sensors, 2 * sensors.length);
        }
    }

    /** How many readings there are; rows are numbered from 0, in the order in which they were added. */
    public int size() {
        return size;
    }

    /** The record time of a row's reading, in milliseconds since the epoch. */
    public long recordTimeMillis(int row) {
        return ReadingStore.recordTimeMillis(bytes.getLong(begin(row) + WRITE_TIMESTAMP));
    }

    long timestampMillis(int row) {
        return bytes.getLong(begin(row));
    }

    SensorId sensorId(int row) {
        return new SensorId(new String(bytes.array(), endOfCell(row), end(row) - endOfCell(row), US_ASCII));
    }

    /** Which sensor it is of, as far as {@link FingerprintCache} tells them apart. */
    Fingerprint fingerprint(int row) {
        return fingerprint.resume(sensors[2 * row], sensors[2 * row + 1]);
    }

    /** Of one sensor and millisecond always the same. */
    int hash(int row) {
        long hash = (sensors[2 * row] + timestampMillis(row)) * 0x9e3779b97f4a7c15L;
        return (int) (hash >>> 32);
    }

    /** Whether two rows are for the same sensor and millisecond, so that only one of them can stay. */
    boolean isRepeat(int one, int other) {
        byte[] array = bytes.array();
        return timestampMillis(one) == timestampMillis(other)
                && Arrays.equals(array, endOfCell(one), end(one), array, endOfCell(other), end(other));
    }

    /**
     * Whether one row stays, of two for the same sensor and millisecond: that with the later record time, and at equal
     * record times that with the greater origin, as Cassandra decides it by write timestamp and bytes.
     */
    boolean replaces(int one, int other) {
        byte[] array = bytes.array();
        int byTime = Long.compare(
                bytes.getLong(begin(one) + WRITE_TIMESTAMP), bytes.getLong(begin(other) + WRITE_TIMESTAMP));
        int cell = begin(one) + CELL;
        int otherCell = begin(other) + CELL;
        return byTime > 0
                || (byTime == 0
                        && Arrays.compareUnsigned(
                                        array,
                                        cell,
                                        cell + ReadingCell.ORIGIN_BYTES,
                                        array,
                                        otherCell,
                                        otherCell + ReadingCell.ORIGIN_BYTES)
                                > 0);
    }

    // The values of a row, in no bytes of their own.

    ByteBuffer sensorIdBytes(int row) {
        return view(endOfCell(row), end(row));
    }

    ByteBuffer timestampBytes(int row) {
        return view(begin(row), begin(row) + Long.BYTES);
    }

    ByteBuffer cellBytes(int row) {
        return view(begin(row) + CELL, endOfCell(row));
    }

    ByteBuffer writeTimestampBytes(int row) {
        return view(begin(row) + WRITE_TIMESTAMP, begin(row) + CELL);
    }

    private ByteBuffer view(int from, int to) {
        return ByteBuffer.wrap(bytes.array(), from, to - from);
    }

    private int begin(int row) {
        return row == 0 ? 0 : bounds[2 * row - 1];
    }

    private int endOfCell(int row) {
        return bounds[2 * row];
    }

    private int end(int row) {
        return bounds[2 * row + 1];
    }
}
