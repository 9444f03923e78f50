package io.telltale.wire;

import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Accepted;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the JSON body of a record into a reading. The result depends on the record only, never on the time of
 * decoding.
 *
 * <p>The reason of a rejection is the first of these faults: {@code too-large}; {@code malformed}, which covers the
 * whole body; then the fields in the order of the contract's table: {@code sensorId} with the key, {@code type},
 * {@code timestamp}, {@code value}. The detail has the faults of all fields, and the names that were found if a field
 * is missing.
 *
 * <p>Details that the contract leaves open:
 *
 * <ul>
 *   <li>An empty key counts as absent: some clients cannot send a null key.
 *   <li>A JSON {@code null} counts as an absent field, except for {@code value}, where it is {@code invalid-value}.
 *   <li>A repeated field of the table makes the body {@code malformed}, except for {@code unit} and {@code site}.
 *   <li>An empty unit or site counts as absent. An invalid or repeated one is dropped.
 *   <li>Unknown fields are skipped, up to 64 levels deep; deeper nesting is {@code malformed}.
 *   <li>A byte order mark before the body is skipped.
 *   <li>Numbers written as integers must be exact doubles; for others the nearest double is the value.
 *   <li>Two headers of CloudEvents replace what body and key lack: {@code ce_subject} the id and {@code ce_time} the
 *       timestamp, with or without {@code ce_specversion}. The body precedes the key, and the key precedes the subject,
 *       also if it is no id. Other headers are ignored and may differ: the subject belongs to the producer, and the
 *       time of an event is not always that of its reading.
 *   <li>An empty header counts as absent.
 *   <li>A text with an unpaired surrogate ({@code "\ud800"}) is {@code invalid-value}: UTF-8 cannot store it.
 * </ul>
 *
 * <p>Stateless and thread-safe.
 */
public final class ReadingDecoder {

    /** The largest body, inclusive: 64 KiB. */
    public static final int MAX_BODY_BYTES = 65_536;

    /** The deepest nesting of unknown fields, including the body itself. */
    public static final int MAX_NESTING = 64;

    /** The longest time of a reading after its record time, inclusive: 10 min. */
    public static final long MAX_AHEAD_MILLIS = 600_000;

    private static final String EXPECTED = "a JSON object";

    /**
     * Decodes a record without headers.
     *
     * @param topicType the type of the topic it came from
     * @param key the record's key; may be absent
     * @param body the record's value; absent for a tombstone
     * @param recordTimeMillis the record's timestamp, in milliseconds since the epoch
     */
    public DecodeResult decode(
            SensorType topicType, byte @Nullable [] key, byte @Nullable [] body, long recordTimeMillis) {
        return decode(topicType, HeaderValues.NONE, key, body, recordTimeMillis);
    }

    /** Decodes a reading that has neither topic nor key: its fields {@code sensorId} and {@code type} are required. */
    public DecodeResult decodePosted(byte[] body, long nowMillis) {
        Accepted plain = PlainReading.of(null, null, body, nowMillis);
        return plain != null ? plain : decodeAny(null, HeaderValues.NONE, null, body, nowMillis);
    }

    /** Decodes a record with headers, which may be a CloudEvent in binary mode. */
    DecodeResult decode(
            SensorType topicType,
            HeaderValues headers,
            byte @Nullable [] key,
            byte @Nullable [] body,
            long recordTimeMillis) {
        // A typical body is complete, so its headers are not needed.
        Accepted plain = PlainReading.of(topicType, key, body, recordTimeMillis);
        return plain != null ? plain : decodeAny(topicType, headers, key, body, recordTimeMillis);
    }

    /** Decodes any body with the JSON parser. */
    static DecodeResult decodeAny(
            @Nullable SensorType topicType,
            HeaderValues headers,
            byte @Nullable [] key,
            byte @Nullable [] body,
            long recordTimeMillis) {
        return JsonBody.read(body, EXPECTED, new ReadingBody(topicType, headers, key, recordTimeMillis));
    }
}
