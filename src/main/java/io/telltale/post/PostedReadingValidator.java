package io.telltale.post;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Rejected;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.Rejection;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Judges a posted JSON reading, which says its type itself, by the rules for records. What is good becomes a record of the
 * very bytes that were posted, so that a POST and a Kafka client mean the same by the same JSON. Stateless.
 *
 * <p>Whether the sensor is registered under another type is not asked here: the answer may change until the record is
 * ingested, so ingest has to ask anyway, and its dead letter says so.
 */
final class PostedReadingValidator {

    // Names are not interned and a flood of unknown ones is not held against a body, as with records.
    static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    // One level more than a record has: the array around it.
                    .maxNestingDepth(ReadingDecoder.MAX_NESTING + 1)
                    .maxNumberLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxNameLength(ReadingDecoder.MAX_BODY_BYTES)
                    .build())
            .build();

    /** Any type will do to find out what else is wrong where there is none. */
    private static final SensorType NO_TYPE = new SensorType("none");

    private final ReadingDecoder decoder = new ReadingDecoder();

    /** The verdict on one element. */
    PostedElement judge(byte[] element, long nowMillis) {
        String name = typeName(element);
        if (name != null && SensorType.isValid(name)) {
            return posted(decoder.decode(new SensorType(name), null, element, nowMillis), element);
        }
        // What is no JSON object is that before it lacks a type.
        if (decoder.decode(NO_TYPE, null, element, nowMillis) instanceof Rejected rejected
                && (rejected.reason() == Rejection.MALFORMED || rejected.reason() == Rejection.TOO_LARGE)) {
            return PostedElement.rejected(rejected);
        }
        return PostedElement.rejected(
                name == null
                        ? new Rejected(Rejection.MISSING_FIELD, "type is missing; expected " + SensorType.FORM)
                        : new Rejected(
                                Rejection.TYPE_MISMATCH,
                                "type is '%s'; expected %s".formatted(Excerpt.of(name), SensorType.FORM)));
    }

    private static PostedElement posted(Decoded verdict, byte[] element) {
        return verdict instanceof Rejected rejected
                ? PostedElement.rejected(rejected)
                : new PostedElement(verdict, element);
    }

    /** The top-level field {@code type}, if there is one and it is a text. What else is wrong the decoder will say. */
    private static @Nullable String typeName(byte[] element) {
        if (element.length > ReadingDecoder.MAX_BODY_BYTES) {
            return null;
        }
        try (JsonParser json = JSON.createParser(element)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isType = "type".equals(json.currentName());
                JsonToken value = json.nextToken();
                if (isType) {
                    return value == JsonToken.VALUE_STRING ? json.getText() : null;
                }
                json.skipChildren();
            }
            return null;
        } catch (JsonProcessingException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }
}
