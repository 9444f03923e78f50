package io.telltale.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Accumulates the readings of one partition until they are written, as encoded rows in one contiguous array.
 *
 * <p>A reading lingers here and is then used several times: for the bucket index, deduplication, the request, and the
 * metrics. By then it has left the processor's caches, and as objects it would be in seven places. So each row is
 * encoded when it is added, and the later steps read the rows sequentially. About 80 bytes a reading in large
 * batches; a batch of one takes half a kilobyte, as in a backfill where each reading has its own bucket.
 *
 * <p>Filled by one thread, and immutable from the write on.
 */
public final class RowBatch {

    // The layout of a row: event time, write timestamp, cell, sensor id.
    private static final int WRITE_TIMESTAMP = Long.BYTES;
    private static final int CELL = 2 * Long.BYTES;

    private static final int FIRST_ROWS = 4;
    private static final int TYPICAL_ROW_BYTES = 64;

    private final Fingerprint fingerprint = new Fingerprint();
    private ByteBuffer bytes = ByteBuffer.allocate(FIRST_ROWS * TYPICAL_ROW_BYTES);

    /** For each row, the start and the end of the sensor id. The next row starts at that end. */
    private int[] bounds = new int[2 * FIRST_ROWS];

    /** For each row, both halves of its sensor's fingerprint. */
    private long[] sensors = new long[2 * FIRST_ROWS];

    private int size;

    /** Adds a reading of this batch's partition. */
    public void add(RecordedReading recorded) {
        Reading reading = recorded.reading();
        String sensorId = reading.sensorId().value();
        ensureCapacity(CELL + ReadingCell.maxBytes(reading.value()) + sensorId.length());
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

    private void ensureCapacity(int rowBytes) {
        if (bytes.remaining() < rowBytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * bytes.capacity(), bytes.position() + rowBytes));
            bytes = larger.put(bytes.flip());
        }
        if (2 * size == bounds.length) {
            bounds = Arrays.copyOf(bounds, 2 * bounds.length);
            sensors = Arrays.copyOf(sensors, 2 * sensors.length);
        }
    }

    /** The number of rows. Rows are numbered from 0, in the order in which they were added. */
    public int size() {
        return size;
    }

    /** The record time of a row, in milliseconds since the epoch. */
    public long recordTimeMillis(int row) {
        return ReadingStore.recordTimeMillis(bytes.getLong(start(row) + WRITE_TIMESTAMP));
    }

    long timestampMillis(int row) {
        return bytes.getLong(start(row));
    }

    SensorId sensorId(int row) {
        return new SensorId(new String(bytes.array(), endOfCell(row), end(row) - endOfCell(row), US_ASCII));
    }

    /** The fingerprint of the row's sensor. The next call reuses the returned object. */
    Fingerprint fingerprint(int row) {
        return fingerprint.resume(sensors[2 * row], sensors[2 * row + 1]);
    }

    /** A hash of sensor and millisecond. */
    int hash(int row) {
        long hash = (sensors[2 * row] + timestampMillis(row)) * 0x9e3779b97f4a7c15L;
        return (int) (hash >>> 32);
    }

    /** Whether two rows conflict: they have the same sensor and millisecond. */
    boolean isDuplicate(int one, int other) {
        return timestampMillis(one) == timestampMillis(other) && isSameSensor(one, other);
    }

    boolean isSameSensor(int one, int other) {
        byte[] array = bytes.array();
        return Arrays.equals(array, endOfCell(one), end(one), array, endOfCell(other), end(other));
    }

    /**
     * Whether a row wins over a conflicting row: by its later record time, or at equal record times by its greater
     * origin. Cassandra decides the same by write timestamp and bytes.
     */
    boolean winsOver(int one, int other) {
        byte[] array = bytes.array();
        int byTime = Long.compare(
                bytes.getLong(start(one) + WRITE_TIMESTAMP), bytes.getLong(start(other) + WRITE_TIMESTAMP));
        int cell = start(one) + CELL;
        int otherCell = start(other) + CELL;
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

    // The values of a row, as views of the array without a copy.

    ByteBuffer sensorIdBytes(int row) {
        return view(endOfCell(row), end(row));
    }

    ByteBuffer timestampBytes(int row) {
        return view(start(row), start(row) + Long.BYTES);
    }

    ByteBuffer cellBytes(int row) {
        return view(start(row) + CELL, endOfCell(row));
    }

    ByteBuffer writeTimestampBytes(int row) {
        return view(start(row) + WRITE_TIMESTAMP, start(row) + CELL);
    }

    private ByteBuffer view(int from, int to) {
        return ByteBuffer.wrap(bytes.array(), from, to - from);
    }

    private int start(int row) {
        return row == 0 ? 0 : bounds[2 * row - 1];
    }

    private int endOfCell(int row) {
        return bounds[2 * row];
    }

    private int end(int row) {
        return bounds[2 * row + 1];
    }
}
