package io.telltale.sealing;

import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The form of a sealed value:
 *
 * <pre>
 * bytes 0..3  the id of the data key, big-endian
 * bytes 4..   AES-SIV of the value: 16 bytes that authenticate it, then as many bytes as the value has
 * </pre>
 *
 * The sensor, the instant and the origin are authenticated with it, so a value that is moved to another reading cannot
 * be opened.
 */
public final class Envelope {

    /** How many bytes longer than the value it is. */
    public static final int OVERHEAD_BYTES = Integer.BYTES + 16;

    /** The first byte of the associated data; another form of values gets another one. */
    private static final byte VERSION = 1;

    private Envelope() {}

    /**
     * What is authenticated with a value.
     *
     * @param timestampMillis the event time
     * @param position partition and offset of the record
     * @param epoch the incarnation of the topic
     */
    public static byte[] associatedData(SensorId sensorId, long timestampMillis, long position, int epoch) {
        byte[] id = sensorId.value().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(2 + 2 * Long.BYTES + id.length)
                .put(VERSION)
                .putLong(timestampMillis)
                .putLong(position)
                .put((byte) epoch)
                .put(id)
                .array();
    }

    /** Seals a value. Equal arguments give equal bytes. */
    public static byte[] seal(DataKey key, byte[] value, byte[] associatedData) {
        byte[] sealed = key.encrypt(value, associatedData);
        return ByteBuffer.allocate(Integer.BYTES + sealed.length)
                .putInt(key.id())
                .put(sealed)
                .array();
    }

    /** The id of the data key of an envelope, at the position of the buffer. */
    public static int keyId(ByteBuffer envelope) {
        return envelope.remaining() < Integer.BYTES ? 0 : envelope.getInt(envelope.position());
    }

    /**
     * Opens an envelope.
     *
     * @return null if it is damaged, or was sealed with other associated data
     */
    public static byte @Nullable [] open(DataKey key, ByteBuffer envelope, byte[] associatedData) {
        if (envelope.remaining() < OVERHEAD_BYTES) {
            return null;
        }
        byte[] sealed = new byte[envelope.remaining() - Integer.BYTES];
        envelope.get(envelope.position() + Integer.BYTES, sealed);
        return key.decrypt(sealed, associatedData);
    }
}
