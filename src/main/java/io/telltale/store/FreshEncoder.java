package io.telltale.store;

import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentWriter;
import io.telltale.sensors.Value;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;

/**
 * Encodes the readings of a batch as fresh segments: one for each shard and lateness, or more where they are large.
 * Used once, by one thread.
 */
final class FreshEncoder {

    /** About as many readings as a block needs to be small. */
    private static final int BLOCK_READINGS = 1_024;

    /**
     * A segment with so many bytes of ids and cells is cut, so that a page of segments has about a megabyte at most.
     * Some hundred numbers have less.
     */
    static final int MAX_BYTES = 16 << 10;

    /** A batch has fewer rows than this. */
    private static final int ROW_BITS = 20;

    private static final long ROW_MASK = (1L << ROW_BITS) - 1;

    private final RowBatch rows;
    private final LongUnaryOperator expirySecond;
    private final SegmentWriter writer = new SegmentWriter(BLOCK_READINGS);
    private final ByteArrayOutputStream sensors = new ByteArrayOutputStream();
    private final Row current = new Row();
    private final List<FreshSegment> segments = new ArrayList<>();

    /** The rows of the segment that is being written, and their number. */
    private final int[] included;

    private int size;

    /** The bytes of its ids and cells. */
    private int bytes;

    private FreshEncoder(RowBatch rows, int most, LongUnaryOperator expirySecond) {
        this.rows = rows;
        this.included = new int[most];
        this.expirySecond = expirySecond;
    }

    /**
     * The segments of some rows of a batch.
     *
     * @param some no two of one sensor and millisecond
     * @param lateBeforeMillis readings with an earlier event time are late
     * @param expirySecond the second of the expiry, by event time
     */
    static List<FreshSegment> encode(RowBatch rows, int[] some, long lateBeforeMillis, LongUnaryOperator expirySecond) {
        return new FreshEncoder(rows, some.length, expirySecond).encode(sortKeys(rows, some, lateBeforeMillis));
    }

    /**
     * The rows by lateness, fingerprint of the sensor and arrival, each as one number: the first bit says that the row
     * is not late, the next ones are from the fingerprint, the last ones are the number of the row.
     */
    private static long[] sortKeys(RowBatch rows, int[] some, long lateBeforeMillis) {
        long[] keys = new long[some.length];
        for (int i = 0; i < keys.length; i++) {
            int row = some[i];
            long onTime = rows.timestampMillis(row) < lateBeforeMillis ? 0 : Long.MIN_VALUE;
            keys[i] = onTime | (positionOf(rows.fingerprint(row).high()) << ROW_BITS) | row;
        }
        Arrays.sort(keys);
        return keys;
    }

    /**
     * The order of sensors in segments, before that of their ids: some of the upper bits of the upper half of the
     * fingerprint. Never change it: mergers rely on it.
     */
    static long positionOf(long fingerprint) {
        return fingerprint >>> 1 >>> ROW_BITS;
    }

    private static boolean isLate(long key) {
        return key >= 0;
    }

    private List<FreshSegment> encode(long[] keys) {
        int bits = FreshSegment.shardBits(keys.length);
        for (int from = 0; from < keys.length; ) {
            int to = from + 1;
            while (to < keys.length && keys[to] >> ROW_BITS == keys[from] >> ROW_BITS) {
                to++;
            }
            int[] run = ordered(rowsOf(keys, from, to));
            for (int i = 0; i < run.length; i++) {
                add(run[i], i == 0 || !rows.isSameSensor(run[i - 1], run[i]));
                if (bytes >= MAX_BYTES) {
                    finish(keys[from], bits);
                }
            }
            if (to == keys.length || keys[to] >> (63 - bits) != keys[from] >> (63 - bits)) {
                finish(keys[from], bits);
            }
            from = to;
        }
        return segments;
    }

    /** @param key of one of its rows */
    private void finish(long key, int bits) {
        if (size > 0) {
            segments.add(new FreshSegment(
                    isLate(key),
                    FreshSegment.shardOf(key << 1, bits),
                    sensors.toByteArray(),
                    writer.finish(),
                    Arrays.copyOf(included, size)));
            sensors.reset();
            current.sensor = -1;
            size = 0;
            bytes = 0;
        }
    }

    private static int[] rowsOf(long[] keys, int from, int to) {
        int[] run = new int[to - from];
        for (int i = 0; i < run.length; i++) {
            run[i] = (int) (keys[from + i] & ROW_MASK);
        }
        return run;
    }

    /** The rows of one sensor, in order of time. Very rarely, two sensors share the bits of their fingerprints. */
    private int[] ordered(int[] run) {
        return isOrdered(run)
                ? run
                : IntStream.of(run)
                        .boxed()
                        .sorted(Comparator.<Integer, ByteBuffer>comparing(rows::sensorIdBytes)
                                .thenComparing(rows::timestampMillis))
                        .mapToInt(Integer::intValue)
                        .toArray();
    }

    private void add(int row, boolean isNextSensor) {
        if (isNextSensor || size == 0) {
            ByteBuffer id = rows.sensorIdBytes(row);
            sensors.write(id.remaining());
            sensors.write(id.array(), id.arrayOffset() + id.position(), id.remaining());
            bytes += 1 + id.remaining();
            current.sensor++;
        }
        current.row = row;
        writer.add(current);
        bytes += rows.cellBytes(row).remaining();
        included[size++] = row;
    }

    private boolean isOrdered(int[] run) {
        for (int i = 1; i < run.length; i++) {
            if (!rows.isSameSensor(run[i - 1], run[i])
                    || rows.timestampMillis(run[i - 1]) > rows.timestampMillis(run[i])) {
                return false;
            }
        }
        return true;
    }

    /** A row of the batch. */
    private final class Row implements SegmentReading {
        private int row;
        private long sensor = -1;

        @Override
        public long sensor() {
            return sensor;
        }

        @Override
        public long timestampMillis() {
            return rows.timestampMillis(row);
        }

        @Override
        public Value value() {
            return ReadingCell.value(rows.cellBytes(row));
        }

        @Override
        public long recordTimeMillis() {
            return rows.recordTimeMillis(row);
        }

        @Override
        public long originPosition() {
            return ReadingCell.origin(rows.cellBytes(row)).position();
        }

        @Override
        public int originEpoch() {
            return ReadingCell.origin(rows.cellBytes(row)).epoch();
        }

        @Override
        public long expirySecond() {
            return expirySecond.applyAsLong(rows.timestampMillis(row));
        }
    }
}
