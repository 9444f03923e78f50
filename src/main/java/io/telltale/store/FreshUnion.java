package io.telltale.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.segment.MergedReadings;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Segment;
import io.telltale.segment.SegmentSpan;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The union of fresh or recent segments: their readings by sensor and time, of one instant the winner. */
public final class FreshUnion {

    /** A segment, with the ids of its sensors. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Part(byte[] sensors, byte[] segment) {}

    /** A sensor of a segment. Their order is that of {@link FreshEncoder}. */
    private record Ordered(long position, SensorId id) {
        static final Comparator<Ordered> ORDER = Comparator.comparingLong(Ordered::position)
                .thenComparing(sensor -> sensor.id().value());

        static Ordered of(String id) {
            return new Ordered(
                    FreshEncoder.positionOf(new Fingerprint().begin().name(id).high()), new SensorId(id));
        }
    }

    private final List<SensorId> sensors;
    private final MergedReadings readings;
    private final long latestMillis;

    /**
     * The union of recent segments.
     *
     * @throws io.telltale.segment.DamagedSegmentException if the header of a segment is damaged
     */
    public static FreshUnion ofRecent(List<RecentSegment> segments) {
        return new FreshUnion(segments.stream().map(segment -> new Part(segment.sensors(), segment.segment())));
    }

    /** @throws io.telltale.segment.DamagedSegmentException if the header of a segment is damaged */
    public FreshUnion(List<FreshRow> rows) {
        this(rows.stream().map(row -> new Part(row.sensors(), row.segment())));
    }

    private FreshUnion(Stream<Part> some) {
        List<Part> parts = some.toList();
        List<List<String>> ids = parts.stream().map(FreshUnion::ids).toList();
        this.sensors = ids.stream()
                .flatMap(List::stream)
                .distinct()
                .map(Ordered::of)
                .sorted(Ordered.ORDER)
                .map(Ordered::id)
                .toList();
        Map<String, Long> keys = new HashMap<>();
        for (SensorId sensor : sensors) {
            keys.put(sensor.value(), (long) keys.size());
        }
        List<ReadingCursor> cursors = new ArrayList<>();
        long latest = Long.MIN_VALUE;
        for (int i = 0; i < parts.size(); i++) {
            Segment segment = Segment.open(parts.get(i).segment());
            for (SegmentSpan span : segment.spans()) {
                latest = Math.max(latest, span.lastMillis());
            }
            cursors.add(new Renumbered(segment.readings(), keysOf(ids.get(i), keys)));
        }
        this.latestMillis = latest;
        this.readings = new MergedReadings(cursors);
    }

    private static List<String> ids(Part part) {
        List<String> ids = new ArrayList<>();
        byte[] bytes = part.sensors();
        for (int at = 0; at < bytes.length; ) {
            int length = bytes[at] & 0xff;
            ids.add(new String(bytes, at + 1, length, US_ASCII));
            at += 1 + length;
        }
        return ids;
    }

    private static long[] keysOf(List<String> ids, Map<String, Long> keys) {
        long[] found = ids.stream()
                .mapToLong(id -> Objects.requireNonNull(keys.get(id)))
                .toArray();
        for (int i = 1; i < found.length; i++) {
            if (found[i] <= found[i - 1]) {
                // Merged by a wrong order, readings of one sensor would be apart, and some of them not found.
                throw new IllegalStateException(
                        "sensors of a segment are out of order: %s, %s".formatted(ids.get(i - 1), ids.get(i)));
            }
        }
        return found;
    }

    /** The readings. The key of a sensor is its index, see {@link #sensor}. */
    public ReadingCursor readings() {
        return readings;
    }

    /** A copy of the current one of the readings. */
    public PackableReading current() {
        return PackableReading.of(sensor(readings.sensor()), readings);
    }

    /** The sensor of a key. */
    public SensorId sensor(long key) {
        return sensors.get((int) key);
    }

    /** The latest event time. */
    public long latestMillis() {
        return latestMillis;
    }

    /** A segment's readings with the keys of the union. */
    private static final class Renumbered implements ReadingCursor {
        private final ReadingCursor cursor;
        private final long[] keys;

        Renumbered(ReadingCursor cursor, long[] keys) {
            this.cursor = cursor;
            this.keys = keys;
        }

        @Override
        public boolean next() {
            return cursor.next();
        }

        @Override
        public long sensor() {
            return keys[(int) cursor.sensor()];
        }

        @Override
        public long timestampMillis() {
            return cursor.timestampMillis();
        }

        @Override
        public Value value() {
            return cursor.value();
        }

        @Override
        public long recordTimeMillis() {
            return cursor.recordTimeMillis();
        }

        @Override
        public long originPosition() {
            return cursor.originPosition();
        }

        @Override
        public int originEpoch() {
            return cursor.originEpoch();
        }

        @Override
        public long expirySecond() {
            return cursor.expirySecond();
        }
    }
}
