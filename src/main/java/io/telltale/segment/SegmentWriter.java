package io.telltale.segment;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Writes segments from readings in order of sensor and event time. A sensor with many readings has blocks of its own.
 * Sensors with few share a block, because each block costs about 60 bytes. Reused after {@link #finish()}; used by one
 * thread.
 */
public final class SegmentWriter {

    /** From here on a sensor has a block of its own. */
    static final int OWN_BLOCK_READINGS = 64;

    /** A shared block ends at this size, so that reading one of its sensors decodes about one chunk. */
    static final int SHARED_BLOCK_READINGS = IntegerColumn.CHUNK;

    /** Bounds the memory that long texts need. */
    private static final int MAX_BLOCK_CHARACTERS = 1 << 18;

    private final int maxBlockReadings;
    private final BlockEncoder encoder = new BlockEncoder();
    private final ByteSink index = new ByteSink();
    private final ByteSink blocks = new ByteSink();
    private final BlockRows rows = new BlockRows();

    /** The sensors of the rows, and for each the end of its rows. */
    private long[] sensors = new long[16];

    private int[] ends = new int[16];
    private int runs;

    /** Whether the current sensor has a block already: then the rest of its readings does not share one. */
    private boolean isContinued;

    /** The first row of the current sensor. */
    private int runStart;

    /** The characters of all rows. */
    private int characters;

    private int blockCount;
    private long previousFirst;
    private long lastSensor;
    private long lastMillis;
    private boolean isEmpty = true;

    /** @param maxBlockReadings the highest number of readings in a block: 1 to 16,384 */
    public SegmentWriter(int maxBlockReadings) {
        if (maxBlockReadings < 1 || maxBlockReadings > Block.MAX_READINGS) {
            throw new IllegalArgumentException(
                    "a block of %d readings is not within 1 to %d".formatted(maxBlockReadings, Block.MAX_READINGS));
        }
        this.maxBlockReadings = maxBlockReadings;
    }

    /**
     * Adds the next reading. Copies what it needs.
     *
     * @throws IllegalArgumentException if the reading is not behind the one before, or not within its bounds
     */
    public void add(SegmentReading reading) {
        long sensor = reading.sensor();
        long millis = reading.timestampMillis();
        if (!isEmpty && (sensor < lastSensor || (sensor == lastSensor && millis <= lastMillis))) {
            throw new IllegalArgumentException("reading of sensor %016x at %d ms is not behind sensor %016x at %d ms"
                    .formatted(sensor, millis, lastSensor, lastMillis));
        }
        requireBounds(reading);
        if (!isEmpty && sensor != lastSensor) {
            endRun();
        }
        isEmpty = false;
        lastSensor = sensor;
        lastMillis = millis;
        rows.add(reading);
        Value value = reading.value();
        characters += value.characters();
        if (rows.size - runStart >= maxBlockReadings || characters >= MAX_BLOCK_CHARACTERS) {
            writeShared(runStart);
            writeOwn();
            isContinued = true;
        }
    }

    private static void requireBounds(SegmentReading reading) {
        long millis = reading.timestampMillis();
        if (millis < Reading.MIN_TIMESTAMP_MILLIS || millis > Reading.MAX_TIMESTAMP_MILLIS) {
            throw new IllegalArgumentException(
                    "timestamp %d ms is not within the years 0000 to 9999".formatted(millis));
        }
        if (reading.originEpoch() < 0 || reading.originEpoch() > 0xff) {
            throw new IllegalArgumentException("epoch %d is not within 0 to 255".formatted(reading.originEpoch()));
        }
        if (reading.expirySecond() <= Block.secondOf(millis)) {
            throw new IllegalArgumentException(
                    "expiry %d s is not behind the timestamp %d ms".formatted(reading.expirySecond(), millis));
        }
    }

    /** Ends the readings of a sensor. */
    private void endRun() {
        int size = rows.size - runStart;
        if (size == 0) {
            // The last reading ended a full block.
            isContinued = false;
            return;
        }
        if (size >= OWN_BLOCK_READINGS || rows.size > maxBlockReadings || isContinued) {
            writeShared(runStart);
            writeOwn();
            isContinued = false;
            return;
        }
        if (runs == sensors.length) {
            sensors = Arrays.copyOf(sensors, 2 * runs);
            ends = Arrays.copyOf(ends, 2 * runs);
        }
        sensors[runs] = lastSensor;
        ends[runs] = rows.size;
        runs++;
        runStart = rows.size;
        if (rows.size >= SHARED_BLOCK_READINGS) {
            writeShared(rows.size);
            reset();
        }
    }

    /** Writes the ended runs, which are the rows before {@code end}, as one block. */
    private void writeShared(int end) {
        if (runs > 0) {
            writeBlock(0, end, runs);
            runs = 0;
        }
    }

    /** Writes the rows of the current sensor as a block of its own, and forgets all rows. */
    private void writeOwn() {
        sensors[0] = lastSensor;
        ends[0] = rows.size;
        writeBlock(runStart, rows.size, 1);
        reset();
    }

    private void reset() {
        rows.clear();
        runs = 0;
        runStart = 0;
        characters = 0;
    }

    private void writeBlock(int from, int to, int sensorCount) {
        int start = blocks.size();
        encoder.encode(rows, from, to, blocks);
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (int row = from; row < to; row++) {
            first = Math.min(first, rows.times[row]);
            last = Math.max(last, rows.times[row]);
        }
        CRC32C checksum = new CRC32C();
        checksum.update(blocks.array(), start, blocks.size() - start);
        index.putVarint(blocks.size() - start);
        index.putInt((int) checksum.getValue());
        index.putZigzag(first - previousFirst);
        index.putVarint(last - first);
        index.putVarint(sensorCount);
        int end = from;
        for (int i = 0; i < sensorCount; i++) {
            index.putLong(sensors[i]);
            index.putVarint(ends[i] - end);
            end = ends[i];
        }
        previousFirst = first;
        blockCount++;
    }

    /** The bytes of the finished blocks so far. */
    public int size() {
        return blocks.size();
    }

    /** Returns the segment of all readings since the last call. Without readings it has no block. */
    public byte[] finish() {
        endRun();
        writeShared(rows.size);
        ByteSink target = new ByteSink();
        target.putInt(SegmentHeader.MAGIC);
        target.putByte(SegmentHeader.VERSION);
        target.putLong(0);
        target.putVarint(blockCount);
        target.putAll(index);
        int end = target.size();
        target.putAll(blocks);
        byte[] segment = target.toBytes();
        ByteSink.INT.set(segment, SegmentHeader.LENGTH_AT, end - SegmentHeader.PREAMBLE_BYTES);
        ByteSink.INT.set(segment, SegmentHeader.CHECKSUM_AT, SegmentHeader.checksum(segment, end));
        reset();
        index.clear();
        blocks.clear();
        blockCount = 0;
        previousFirst = 0;
        isEmpty = true;
        return segment;
    }
}
