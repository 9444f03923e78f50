package io.telltale.post;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.telltale.wire.JsonFault;
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

    /** One level more than a record: the enclosing array. */
    private static final int MAX_NESTING = ReadingDecoder.MAX_NESTING + 1;

    // As for records: field names are not interned, and many unknown ones are no error. An element that is too large,
    // also because of one long name or number, is rejected alone, so such tokens do not make the body unreadable.
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(BodyReader.MAX_BODY_BYTES)
                    .maxNameLength(BodyReader.MAX_BODY_BYTES)
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
                throw new UnreadableBodyException("body is empty; expected one reading or an array of readings");
            }
            isArray = first == JsonToken.START_ARRAY;
            whole.skipChildren();
            if (whole.nextToken() != null) {
                throw new UnreadableBodyException("body is " + JsonFault.of(body, MAX_NESTING));
            }
            json = JSON.createParser(body);
            if (isArray) {
                json.nextToken();
            }
        } catch (JsonProcessingException e) {
            throw new UnreadableBodyException("body is " + JsonFault.of(body, MAX_NESTING));
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
