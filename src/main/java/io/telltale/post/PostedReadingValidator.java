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
 * Validates a posted JSON reading by the rules for records. Its field {@code type} names the type, as there is no
 * topic. The record has the posted bytes unchanged, so the same JSON means the same by POST and by Kafka. Stateless.
 *
 * <p>Does not check whether the sensor is registered under another type: that may change until the record is ingested,
 * so ingest must check it anyway, and writes a dead letter.
 */
final class PostedReadingValidator {

    // As for records: field names are not interned, and many unknown ones are no error.
    static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    // One level more than a record: the enclosing array.
                    .maxNestingDepth(ReadingDecoder.MAX_NESTING + 1)
                    .maxNumberLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxNameLength(ReadingDecoder.MAX_BODY_BYTES)
                    .build())
            .build();

    /** Stands in for a missing type, to find other errors. */
    private static final SensorType NO_TYPE = new SensorType("none");

    private final ReadingDecoder decoder = new ReadingDecoder();

    /** Validates one element. */
    PostedElement validate(byte[] element, long nowMillis) {
        String name = typeName(element);
        if (name != null && SensorType.isValid(name)) {
            return element(decoder.decode(new SensorType(name), null, element, nowMillis), element);
        }
        // An element that is not a JSON object is malformed, whatever else it lacks.
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

    private static PostedElement element(Decoded verdict, byte[] record) {
        return verdict instanceof Rejected rejected
                ? PostedElement.rejected(rejected)
                : new PostedElement(verdict, record);
    }

    /** The top-level field {@code type}; null if it is missing or not a string. The decoder reports other errors. */
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
