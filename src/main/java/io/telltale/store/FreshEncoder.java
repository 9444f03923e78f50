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

/** Encodes the readings of a batch as fresh segments, one for each shard and lateness. Used once, by one thread. */
final class FreshEncoder {

    /** About as many readings as a block needs to be small. */
    private static final int BLOCK_READINGS = 1_024;

    /** A batch has fewer rows than this. */
    private static final int ROW_BITS = 20;

    private static final long ROW_MASK = (1L << ROW_BITS) - 1;

    private final RowBatch rows;
    private final LongUnaryOperator expirySecond;
    private final SegmentWriter writer = new SegmentWriter(BLOCK_READINGS);
    private final ByteArrayOutputStream sensors = new ByteArrayOutputStream();
    private final Row current = new Row();
    private final List<FreshSegment> segments = new ArrayList<>();

    private FreshEncoder(RowBatch rows, LongUnaryOperator expirySecond) {
        this.rows = rows;
        this.expirySecond = expirySecond;
    }

    /**
     * The segments of a batch. Of several records for one sensor and millisecond only the winner is encoded.
     *
     * @param lateBeforeMillis readings with an earlier event time are late
     * @param expirySecond the second of the expiry, by event time
     */
    static List<FreshSegment> encode(RowBatch rows, long lateBeforeMillis, LongUnaryOperator expirySecond) {
        return new FreshEncoder(rows, expirySecond).encode(sortKeys(rows, lateBeforeMillis));
    }

    /**
     * The winning rows by lateness, fingerprint of the sensor and arrival, each as one number: the first bit says that
     * the row is not late, the next ones are from the fingerprint, the last ones are the number of the row.
     */
    private static long[] sortKeys(RowBatch rows, long lateBeforeMillis) {
        int[] winners = Deduplication.winners(rows);
        long[] keys = new long[winners.length];
        for (int i = 0; i < keys.length; i++) {
            int row = winners[i];
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
            addRun(rowsOf(keys, from, to));
            if (to == keys.length || keys[to] >> (63 - bits) != keys[from] >> (63 - bits)) {
                segments.add(new FreshSegment(
                        isLate(keys[from]),
                        FreshSegment.shardOf(keys[from] << 1, bits),
                        sensors.toByteArray(),
                        writer.finish()));
                sensors.reset();
                current.sensor = -1;
            }
            from = to;
        }
        return segments;
    }

    private static int[] rowsOf(long[] keys, int from, int to) {
        int[] run = new int[to - from];
        for (int i = 0; i < run.length; i++) {
            run[i] = (int) (keys[from + i] & ROW_MASK);
        }
        return run;
    }

    /** Adds the rows of one sensor, in order of time. Very rarely, two sensors share the bits of their fingerprints. */
    private void addRun(int[] run) {
        int[] ordered = isOrdered(run)
                ? run
                : IntStream.of(run)
                        .boxed()
                        .sorted(Comparator.<Integer, ByteBuffer>comparing(rows::sensorIdBytes)
                                .thenComparing(rows::timestampMillis))
                        .mapToInt(Integer::intValue)
                        .toArray();
        for (int i = 0; i < ordered.length; i++) {
            if (i == 0 || !rows.isSameSensor(ordered[i - 1], ordered[i])) {
                ByteBuffer id = rows.sensorIdBytes(ordered[i]);
                sensors.write(id.remaining());
                sensors.write(id.array(), id.arrayOffset() + id.position(), id.remaining());
                current.sensor++;
            }
            current.row = ordered[i];
            writer.add(current);
        }
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
