package io.telltale.post;

import java.util.Arrays;

/** Collects the chunks of a body into one array. */
final class ByteAccumulator {

    private static final byte[] NO_BYTES = {};
    private static final int MIN_CAPACITY = 4_096;

    private final int expected;
    private byte[] bytes = NO_BYTES;
    private int length;

    /** @param expected the number of bytes, or -1 if unknown */
    ByteAccumulator(int expected) {
        this.expected = expected;
    }

    void add(byte[] chunk) {
        int needed = length + chunk.length;
        if (needed > bytes.length) {
            int grown = Math.max(Math.max(needed, MIN_CAPACITY), 2 * bytes.length);
            bytes = Arrays.copyOf(bytes, expected < needed ? grown : expected);
        }
        System.arraycopy(chunk, 0, bytes, length, chunk.length);
        length = needed;
    }

    byte[] toByteArray() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
