package io.telltale.packing;

import io.telltale.store.PackedSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * What a pack holds, in constant memory: the number of its segments and a digest that does not depend on their order.
 */
final class PackedContent {

    private final MessageDigest sha256;
    private final byte[] digest;
    private long segments;

    PackedContent() {
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        this.digest = new byte[sha256.getDigestLength()];
    }

    void add(PackedSegment segment) {
        byte[] id = segment.sensorId().value().getBytes(StandardCharsets.UTF_8);
        sha256.update(ByteBuffer.allocate(2 * Integer.BYTES + Long.BYTES)
                .putInt(id.length)
                .putInt(segment.segment().length)
                .putLong(segment.startMillis())
                .flip());
        sha256.update(id);
        sha256.update(segment.segment());
        byte[] one = sha256.digest(segment.summary());
        for (int i = 0; i < digest.length; i++) {
            digest[i] ^= one[i];
        }
        segments++;
    }

    boolean isSameAs(PackedContent other) {
        return segments == other.segments && Arrays.equals(digest, other.digest);
    }

    @Override
    public String toString() {
        return "%d segments".formatted(segments);
    }
}
