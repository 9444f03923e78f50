package io.telltale.post;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.telltale.sensors.Excerpt;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.Utf8;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * JSON: one reading, or an array of readings. Collects the whole body and checks that it is JSON. Then the elements are
 * cut out on demand.
 */
final class JsonPostBody implements PostBody {

    // As for records: field names are not interned, and many unknown ones are no error.
    private static final JsonFactory JSON = new JsonFactoryBuilder()
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

    private static final byte[] NO_BYTES = {};

    private final PostedReadingValidator validator = new PostedReadingValidator();
    private final ByteAccumulator received;
    private byte[] body = NO_BYTES;
    private @Nullable JsonParser json;
    private boolean isArray;

    /** @param expected the number of bytes, or -1 if unknown */
    JsonPostBody(int expected) {
        this.received = new ByteAccumulator(expected);
    }

    @Override
    public void add(byte[] chunk) {
        received.add(chunk);
    }

    @Override
    public void end(long nowMillis) throws UnreadableBodyException {
        body = withoutByteOrderMark(received.toByteArray());
        try (JsonParser whole = JSON.createParser(body)) {
            JsonToken first = whole.nextToken();
            if (first == null) {
                throw new UnreadableBodyException("is empty; expected a reading or an array of readings");
            }
            isArray = first == JsonToken.START_ARRAY;
            whole.skipChildren();
            if (whole.nextToken() != null) {
                throw new UnreadableBodyException("continues after its first value; expected one JSON object or array");
            }
            json = JSON.createParser(body);
            if (isArray) {
                json.nextToken();
            }
        } catch (JsonProcessingException e) {
            throw new UnreadableBodyException("is not JSON at byte %d: %s"
                    .formatted(
                            e.getLocation() == null ? 0 : e.getLocation().getByteOffset(),
                            Excerpt.of(e.getOriginalMessage(), 160)));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    @Override
    public @Nullable PostedElement next(long nowMillis) {
        if (json == null) {
            return null;
        }
        try {
            JsonToken token = json.nextToken();
            if (token == null || (isArray && token == JsonToken.END_ARRAY)) {
                json.close();
                json = null;
                body = NO_BYTES;
                return null;
            }
            return validator.validate(element(json), nowMillis);
        } catch (IOException e) {
            throw new UncheckedIOException("the body was valid JSON before", e);
        }
    }

    private byte[] element(JsonParser json) throws IOException {
        int start = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        json.finishToken();
        return Arrays.copyOfRange(body, start, (int) json.currentLocation().getByteOffset());
    }

    private static byte[] withoutByteOrderMark(byte[] body) {
        return Utf8.startsWithByteOrderMark(body) ? Arrays.copyOfRange(body, 3, body.length) : body;
    }
}
