package io.telltale.wire;

import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded.Accepted;
import org.jspecify.annotations.Nullable;

/**
 * Turns the JSON body of a record into a reading. The verdict depends on the record alone, never on when it is read.
 *
 * <p>Where several things are wrong, the first of these is the reason: {@code too-large}; {@code malformed}, so nothing
 * of a body counts that is not sound to its end; then the fields in the order of the contract's table, {@code sensorId}
 * with the key, {@code type}, {@code timestamp}, {@code value}, {@code unit}, {@code site}.
 *
 * <p>Where the contract leaves room:
 *
 * <ul>
 *   <li>An empty key counts as none: some clients cannot send a null one.
 *   <li>A JSON {@code null} counts as a field that is not there. Only {@code value} is different: a sensor that sends a
 *       null says something, and what it says is {@code invalid-value}.
 *   <li>A field of the table that comes twice makes the body {@code malformed}: which one is meant is anybody's guess.
 *   <li>Unknown fields are skipped whatever they hold, up to 64 levels deep; deeper is {@code malformed}.
 *   <li>A byte order mark before the body is skipped.
 *   <li>Only numbers written as integers must be exact; with a fraction or an exponent the nearest double is taken.
 *   <li>Of CloudEvents headers two stand in for what neither body nor key says: {@code ce_subject} for the id and {@code
 *       ce_time} for the timestamp, {@code ce_specversion} or not. The body wins over the key and the key over the
 *       subject, even a key that is no id. A header that is not needed is not looked at, so it may differ: a subject is
 *       the producer's own affair, and the time of an event is not always that of its reading.
 *   <li>An empty header counts as none.
 *   <li>A text with half of a surrogate pair ({@code "\ud800"}) is {@code invalid-value}: UTF-8 cannot store it.
 * </ul>
 *
 * <p>Stateless and safe for any number of threads.
 */
public final class ReadingDecoder {

    /** The largest body, inclusive: 64 KiB. */
    public static final int MAX_BODY_BYTES = 65_536;

    /** How deep unknown fields may nest, the body itself included. */
    public static final int MAX_NESTING = 64;

    /** How far ahead of its record time a reading may be, inclusive: 10 min. */
    public static final long MAX_AHEAD_MILLIS = 600_000;

    private static final String EXPECTED = "a JSON object";

    /**
     * What a record without headers carries.
     *
     * @param topicType the type of the topic it came from
     * @param key the record's key; may be absent
     * @param body the record's value; absent for a tombstone
     * @param recordTimeMillis the record's timestamp, in milliseconds since the epoch
     */
    public Decoded decode(SensorType topicType, byte @Nullable [] key, byte @Nullable [] body, long recordTimeMillis) {
        return decode(topicType, HeaderValues.NONE, key, body, recordTimeMillis);
    }

    /** What a record carries that may be a CloudEvent in binary mode. */
    Decoded decode(
            SensorType topicType,
            HeaderValues headers,
            byte @Nullable [] key,
            byte @Nullable [] body,
            long recordTimeMillis) {
        // Headers can only say what a body leaves out, and a plain one leaves out nothing.
        Accepted plain = PlainReading.of(topicType, key, body, recordTimeMillis);
        return plain != null ? plain : decodeAny(topicType, headers, key, body, recordTimeMillis);
    }

    /** What any record carries, plain or not. */
    static Decoded decodeAny(
            SensorType topicType,
            HeaderValues headers,
            byte @Nullable [] key,
            byte @Nullable [] body,
            long recordTimeMillis) {
        return JsonBody.read(body, EXPECTED, new ReadingBody(topicType, headers, key, recordTimeMillis));
    }
}
