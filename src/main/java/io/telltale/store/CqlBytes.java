package io.telltale.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes CQL values. The driver's own codecs would box each value or create an {@code Instant}, a hundred
 * thousand times a second.
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

    /** A column that cannot be null, for example because it is part of the primary key. */
    static ByteBuffer present(@Nullable ByteBuffer column) {
        return Objects.requireNonNull(column, "null in a column that cannot be null");
    }

    /** A copy of a {@code blob} that cannot be null. */
    static byte[] copy(@Nullable ByteBuffer column) {
        ByteBuffer present = present(column);
        byte[] bytes = new byte[present.remaining()];
        present.duplicate().get(bytes);
        return bytes;
    }

    /** {@code timestamp} and {@code bigint} of a column that cannot be null. */
    static long toLong(@Nullable ByteBuffer column) {
        ByteBuffer bytes = present(column);
        return bytes.getLong(bytes.position());
    }
}
