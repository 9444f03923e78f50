package io.telltale.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * CQL values as bytes. The driver's own codecs take boxed values and {@code Instant}s, which the rows of a batch, written
 * a hundred thousand times a second, do without.
 */
final class CqlBytes {

    private CqlBytes() {}

    /** {@code timestamp} and {@code bigint}. */
    static ByteBuffer ofLong(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(0, value);
    }

    /** {@code int}. */
    static ByteBuffer ofInt(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(0, value);
    }

    /** {@code text}. */
    static ByteBuffer ofText(String value) {
        return ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
    }

    /** A column that is part of the primary key, or for another reason cannot be null. */
    static ByteBuffer present(@Nullable ByteBuffer column) {
        return Objects.requireNonNull(column, "a column that cannot be null is");
    }

    /** {@code timestamp} and {@code bigint}, where it cannot be null. */
    static long toLong(@Nullable ByteBuffer column) {
        ByteBuffer bytes = present(column);
        return bytes.getLong(bytes.position());
    }
}
