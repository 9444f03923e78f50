package io.telltale.store;

import io.telltale.sensors.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Encodes a stored reading as one cell, so that a later record replaces the whole reading, including its kind:
 *
 * <pre>
 * bytes  0..7  origin: Kafka partition (16 bits) and offset (48 bits), big-endian
 * byte   8     origin: epoch of the topic
 * byte   9     kind: 1 number, 2 false, 3 true, 4 text; 16 and above are reserved for encrypted values
 * bytes 10..   number: IEEE double, big-endian; text: UTF-8; empty for a flag
 * </pre>
 *
 * At equal write timestamps Cassandra keeps the cell with the greater bytes: within a Kafka partition, the higher
 * offset. A number takes 18 bytes; a tuple of the same parts would take 21, the double alone 8.
 */
final class ReadingCell {

    /** The length of the origin. Cassandra compares these bytes first at equal write timestamps. */
    static final int ORIGIN_BYTES = 9;

    private static final int HEADER_BYTES = 10;
    private static final byte NUMBER = 1;
    private static final byte FALSE = 2;
    private static final byte TRUE = 3;
    private static final byte TEXT = 4;

    private ReadingCell() {}

    /** The maximum length of the cell of a value, in bytes. */
    static int maxBytes(Value value) {
        return HEADER_BYTES
                + (value instanceof Value.Text text ? 3 * text.text().length() : Double.BYTES);
    }

    /** Writes a cell at the position of {@code target}. */
    static void put(ByteBuffer target, RecordOrigin origin, Value value) {
        target.putLong(origin.position()).put((byte) origin.epoch());
        if (value instanceof Value.Numeric numeric) {
            target.put(NUMBER).putDouble(numeric.number());
        } else if (value instanceof Value.Flag flag) {
            target.put(flag.flag() ? TRUE : FALSE);
        } else {
            target.put(TEXT).put(((Value.Text) value).text().getBytes(StandardCharsets.UTF_8));
        }
    }

    static Value value(ByteBuffer cell) {
        int at = cell.position();
        byte kind = cell.get(at + HEADER_BYTES - 1);
        return switch (kind) {
            case NUMBER -> new Value.Numeric(cell.getDouble(at + HEADER_BYTES));
            case FALSE -> Value.Flag.FALSE;
            case TRUE -> Value.Flag.TRUE;
            case TEXT ->
                new Value.Text(StandardCharsets.UTF_8
                        .decode(cell.duplicate().position(at + HEADER_BYTES))
                        .toString());
            default -> throw new IllegalStateException("stored reading of unknown kind %d".formatted(kind));
        };
    }

    static RecordOrigin origin(ByteBuffer cell) {
        int at = cell.position();
        return RecordOrigin.of(cell.get(at + Long.BYTES) & 0xff, cell.getLong(at));
    }
}
