package io.telltale.packing;

import io.telltale.store.PackedSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a pack holds, in constant memory. */
final class PackedContent {

    private final ContentDigest segments = new ContentDigest();

    void add(PackedSegment segment) {
        byte[] id = segment.sensorId().value().getBytes(StandardCharsets.UTF_8);
        byte[] lengths = ByteBuffer.allocate(2 * Integer.BYTES + Long.BYTES)
                .putInt(id.length)
                .putInt(segment.segment().length)
                .putLong(segment.startMillis())
                .array();
        segments.add(lengths, id, segment.segment(), segment.summary());
    }

    boolean isSameAs(PackedContent other) {
        return segments.isSameAs(other.segments);
    }

    @Override
    public String toString() {
        return "%d segments".formatted(segments.count());
    }
}
