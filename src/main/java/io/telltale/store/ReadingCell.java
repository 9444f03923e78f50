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
 * byte   9     kind: 1 number, 2 false, 3 true, 4 text, 16 sealed
 * bytes 10..   number: IEEE double, big-endian; text: UTF-8; empty for a flag; sealed: the {@link
 *              io.telltale.sealing.Envelope} of kind and content
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

    /** Greater than the others: of one record, the sealed cell replaces the plain one, whichever is written last. */
    private static final byte SEALED = 16;

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

    /** A cell with a sealed value. */
    static ByteBuffer sealed(RecordOrigin origin, byte[] envelope) {
        return ByteBuffer.allocate(HEADER_BYTES + envelope.length)
                .putLong(origin.position())
                .put((byte) origin.epoch())
                .put(SEALED)
                .put(envelope)
                .flip();
    }

    static boolean isSealed(ByteBuffer cell) {
        return cell.get(cell.position() + ORIGIN_BYTES) == SEALED;
    }

    /** What is sealed of a plain cell: kind and content. */
    static byte[] kindAndContent(ByteBuffer cell) {
        byte[] bytes = new byte[cell.remaining() - ORIGIN_BYTES];
        cell.get(cell.position() + ORIGIN_BYTES, bytes);
        return bytes;
    }

    /** What follows the kind; of a sealed cell the envelope. */
    static ByteBuffer content(ByteBuffer cell) {
        return cell.slice(cell.position() + HEADER_BYTES, cell.remaining() - HEADER_BYTES);
    }

    /** The value of a cell; of a sealed one {@link Value.Unavailable} until it is opened. */
    static Value value(ByteBuffer cell) {
        return valueAt(cell, cell.position() + ORIGIN_BYTES);
    }

    /** The value of kind and content. */
    static Value valueOf(ByteBuffer kindAndContent) {
        return valueAt(kindAndContent, kindAndContent.position());
    }

    private static Value valueAt(ByteBuffer bytes, int at) {
        byte kind = bytes.get(at);
        return switch (kind) {
            case NUMBER -> new Value.Numeric(bytes.getDouble(at + 1));
            case FALSE -> Value.Flag.FALSE;
            case TRUE -> Value.Flag.TRUE;
            case TEXT ->
                new Value.Text(StandardCharsets.UTF_8
                        .decode(bytes.duplicate().position(at + 1))
                        .toString());
            case SEALED -> Value.Unavailable.KEY_UNAVAILABLE;
            default -> throw new IllegalStateException("stored reading of unknown kind %d".formatted(kind));
        };
    }

    static RecordOrigin origin(ByteBuffer cell) {
        int at = cell.position();
        return RecordOrigin.of(cell.get(at + Long.BYTES) & 0xff, cell.getLong(at));
    }
}
