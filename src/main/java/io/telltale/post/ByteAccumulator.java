package io.telltale.post;

import java.util.Arrays;

/** Bytes that come in chunks and are needed as a whole. */
final class ByteAccumulator {

    private static final byte[] NOTHING = {};
    private static final int FIRST_BYTES = 4_096;

    private final int expected;
    private byte[] bytes = NOTHING;
    private int length;

    /** @param expected how many bytes will come, or -1 if nobody knows */
    ByteAccumulator(int expected) {
        this.expected = expected;
    }

    void add(byte[] chunk) {
        int needed = length + chunk.length;
        if (needed > bytes.length) {
            int grown = Math.max(Math.max(needed, FIRST_BYTES), 2 * bytes.length);
            bytes = Arrays.copyOf(bytes, expected < needed ? grown : expected);
        }
        System.arraycopy(chunk, 0, bytes, length, chunk.length);
        length = needed;
    }

    byte[] toByteArray() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
