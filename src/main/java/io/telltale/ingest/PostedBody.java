package io.telltale.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Rejected;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.Rejection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of a POST: one reading or an array of them, each with its {@code type}. Each becomes a record of its own, in
 * the very bytes that were posted, and is judged by the rules for records, so that a POST and a Kafka client mean the
 * same by the same JSON.
 */
final class PostedBody {

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(ReadingDecoder.MAX_NESTING + 1)
                    .maxNumberLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxNameLength(ReadingDecoder.MAX_BODY_BYTES)
                    .build())
            .build();

    private final ReadingDecoder decoder = new ReadingDecoder();

    /**
     * One element.
     *
     * @param bytes its JSON; never compared, so an array will do
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Posted(byte[] bytes, Decoded decoded) {}

    /**
     * Every element of a body, in order.
     *
     * @param nowMillis stands in for the record time, which Kafka sets a moment later
     * @throws IOException if the body is not JSON
     */
    List<Posted> read(byte[] body, long nowMillis) throws IOException {
        List<Posted> all = new ArrayList<>();
        try (JsonParser json = JSON.createParser(body)) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_ARRAY) {
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    all.add(posted(element(json, body), nowMillis));
                }
            } else if (first != null) {
                all.add(posted(element(json, body), nowMillis));
            }
            if (json.nextToken() != null) {
                throw new IOException("there is more after the first value");
            }
        }
        return all;
    }

    private static byte[] element(JsonParser json, byte[] body) throws IOException {
        int start = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        json.finishToken();
        return Arrays.copyOfRange(body, start, (int) json.currentLocation().getByteOffset());
    }

    private Posted posted(byte[] element, long nowMillis) throws IOException {
        if (element[0] != '{') {
            String excerpt = Excerpt.of(new String(element, StandardCharsets.UTF_8));
            return new Posted(
                    element,
                    new Rejected(Rejection.MALFORMED, "this is %s; expected a JSON object".formatted(excerpt)));
        }
        String name = typeName(element);
        if (name == null) {
            return new Posted(
                    element, new Rejected(Rejection.MISSING_FIELD, "type is missing; expected " + SensorType.FORM));
        }
        if (!SensorType.isValid(name)) {
            return new Posted(
                    element,
                    new Rejected(
                            Rejection.TYPE_MISMATCH,
                            "type is '%s'; expected %s".formatted(Excerpt.of(name), SensorType.FORM)));
        }
        SensorType type = new SensorType(name);
        return new Posted(element, decoder.decode(type, null, element, nowMillis));
    }

    /** The top-level field {@code type}, if there is one and it is a text. What else is wrong the decoder will say. */
    private static @Nullable String typeName(byte[] element) throws IOException {
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
        }
    }
}
