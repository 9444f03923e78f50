package io.telltale.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
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

    private static final int MAX_CAUSE_CHARACTERS = 160;

    // Names are not interned and a flood of unknown ones is not held against the record, so that what one producer
    // makes up cannot slow down or reject the records of another. The size of a body bounds everything else.
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .recyclerPool(JsonRecyclerPools.threadLocalPool())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(MAX_BODY_BYTES)
                    .maxNameLength(MAX_BODY_BYTES)
                    .maxStringLength(MAX_BODY_BYTES)
                    .build())
            .build();

    /**
     * What a record carries.
     *
     * @param topicType the type of the topic it came from
     * @param key the record's key; may be absent
     * @param body the record's value; absent for a tombstone
     * @param recordTimeMillis the record's timestamp, in milliseconds since the epoch
     */
    public Decoded decode(SensorType topicType, byte @Nullable [] key, byte @Nullable [] body, long recordTimeMillis) {
        if (body == null || body.length == 0) {
            return new Rejected(Rejection.MALFORMED, "no body; expected a JSON object");
        }
        if (body.length > MAX_BODY_BYTES) {
            return new Rejected(
                    Rejection.TOO_LARGE,
                    "body is %d bytes; expected at most %d".formatted(body.length, MAX_BODY_BYTES));
        }
        if (!Utf8.isValid(body)) {
            return new Rejected(Rejection.MALFORMED, "body is not UTF-8; expected a JSON object in UTF-8");
        }
        int start = Utf8.startsWithByteOrderMark(body) ? 3 : 0;
        try (JsonParser json = JSON.createParser(body, start, body.length - start)) {
            return new ReadingBody(topicType, key, recordTimeMillis).read(json);
        } catch (JsonProcessingException e) {
            return new Rejected(Rejection.MALFORMED, notJson(e));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    private static String notJson(JsonProcessingException e) {
        return "body is not JSON at byte %d: %s"
                .formatted(
                        e.getLocation() == null ? 0 : e.getLocation().getByteOffset(),
                        Excerpt.of(e.getOriginalMessage(), MAX_CAUSE_CHARACTERS));
    }
}
