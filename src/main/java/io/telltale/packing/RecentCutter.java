package io.telltale.packing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.segment.ReadingCursor;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentWriter;
import io.telltale.sensors.SensorId;
import io.telltale.store.FreshUnion;
import io.telltale.store.Layout;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentSegment;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the union of fresh segments into recent segments, one for each shard and bucket of the layout, or more where
 * there are many or large ones. Used once.
 */
final class RecentCutter {

    /** Late readings may be in any bucket. More segments at one time would need too much memory. */
    static final int MAX_SEGMENTS = 256;

    /** A segment with more bytes of readings or ids is cut. */
    static final int MAX_BYTES = 64 << 10;

    /** The same for the characters of texts, which count before they are encoded. */
    static final int MAX_CHARACTERS = 32 << 10;

    private static final int BLOCK_READINGS = 1_024;

    private final Layout layout;
    private final int group;
    private final long nowSecond;
    private final Consumer<List<RecentSegment>> sink;
    private final Map<ReadingPartition, Open> open = new LinkedHashMap<>();
    private final List<RecentSegment> segments = new ArrayList<>();
    private int readings;

    /**
     * @param group the shard of the fresh segments
     * @param nowSecond the current second
     * @param sink takes up to {@link #MAX_SEGMENTS} segments at a time; the list is reused
     */
    RecentCutter(Layout layout, int group, long nowSecond, Consumer<List<RecentSegment>> sink) {
        this.layout = layout;
        this.group = group;
        this.nowSecond = nowSecond;
        this.sink = sink;
    }

    void cut(FreshUnion union) {
        ReadingCursor cursor = union.readings();
        Open segment = null;
        long sensor = -1;
        long endMillis = 0;
        while (cursor.next()) {
            if (segment == null || cursor.sensor() != sensor || cursor.timestampMillis() >= endMillis) {
                sensor = cursor.sensor();
                ReadingPartition partition = layout.partitionOf(union.sensor(sensor), cursor.timestampMillis());
                endMillis = partition.bucketStartMillis()
                        + layout.versionAt(cursor.timestampMillis()).bucketMillis();
                segment = openAt(partition);
            }
            segment.add(union.sensor(sensor), cursor);
            readings++;
            if (segment.isLarge()) {
                open.remove(segment.partition);
                add(segment.finish());
                segment = null;
            }
        }
        finishAll();
        passOn();
    }

    private void add(RecentSegment segment) {
        segments.add(segment);
        if (segments.size() == MAX_SEGMENTS) {
            passOn();
        }
    }

    private void passOn() {
        sink.accept(segments);
        segments.clear();
    }

    /** The readings of all segments. */
    int readings() {
        return readings;
    }

    private Open openAt(ReadingPartition partition) {
        Open found = open.get(partition);
        if (found == null) {
            if (open.size() == MAX_SEGMENTS) {
                finishAll();
            }
            found = new Open(partition);
            open.put(partition, found);
        }
        return found;
    }

    private void finishAll() {
        open.values().forEach(segment -> add(segment.finish()));
        open.clear();
    }

    /** A segment that is being written. */
    private final class Open {
        private final ReadingPartition partition;
        private final SegmentWriter writer = new SegmentWriter(BLOCK_READINGS);
        private final ByteArrayOutputStream sensors = new ByteArrayOutputStream();
        private final Indexed indexed = new Indexed();
        private @Nullable SensorId sensorId;
        private int characters;
        private long lastExpirySecond = Long.MIN_VALUE;

        Open(ReadingPartition partition) {
            this.partition = partition;
        }

        void add(SensorId id, SegmentReading reading) {
            if (!id.equals(sensorId)) {
                sensorId = id;
                byte[] bytes = id.value().getBytes(US_ASCII);
                sensors.write(bytes.length);
                sensors.write(bytes, 0, bytes.length);
                indexed.sensor++;
            }
            indexed.reading = reading;
            writer.add(indexed);
            characters += reading.value().characters();
            lastExpirySecond = Math.max(lastExpirySecond, reading.expirySecond());
        }

        boolean isLarge() {
            return writer.size() >= MAX_BYTES || sensors.size() >= MAX_BYTES || characters >= MAX_CHARACTERS;
        }

        RecentSegment finish() {
            return new RecentSegment(
                    new RecentSegment.Key(partition, group, UUID.randomUUID()),
                    sensors.toByteArray(),
                    writer.finish(),
                    SegmentCutter.ttlSeconds(lastExpirySecond, nowSecond));
        }
    }

    /** A reading whose key is the index of its sensor. */
    private static final class Indexed extends ForwardedReading {
        private @Nullable SegmentReading reading;
        private long sensor = -1;

        @Override
        SegmentReading reading() {
            if (reading == null) {
                throw new IllegalStateException("no reading was added");
            }
            return reading;
        }

        @Override
        public long sensor() {
            return sensor;
        }
    }
}
