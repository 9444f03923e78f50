package io.telltale.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.telltale.wire.DecodeResult.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** The common checks of all bodies: present, not too large, JSON in UTF-8. */
final class JsonBody {

    // Names are not interned, and many unknown names are no error: the names of one producer must not slow down the
    // records of another, nor reject them. The size of a body bounds everything else.
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .recyclerPool(JsonRecyclerPools.threadLocalPool())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(ReadingDecoder.MAX_NESTING)
                    .maxNumberLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxNameLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxStringLength(ReadingDecoder.MAX_BODY_BYTES)
                    .build())
            .build();

    private JsonBody() {}

    /** Reads and validates one body, from its first token to its end. Used for one record. */
    interface Reader {
        DecodeResult read(JsonParser json) throws IOException;
    }

    /**
     * Checks a body and has {@code reader} read it.
     *
     * @param expected the expected form, for error details
     */
    static DecodeResult read(byte @Nullable [] body, String expected, Reader reader) {
        if (body == null || body.length == 0) {
            return malformed("no body; expected %s".formatted(expected));
        }
        if (body.length > ReadingDecoder.MAX_BODY_BYTES) {
            return new Rejected(
                    Rejection.TOO_LARGE,
                    "body is %d bytes; expected at most %d".formatted(body.length, ReadingDecoder.MAX_BODY_BYTES));
        }
        if (!Utf8.isValid(body)) {
            return malformed(notJson(body));
        }
        try (JsonParser json = parser(body)) {
            return reader.read(json);
        } catch (JsonProcessingException e) {
            return malformed(notJson(body));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    /** A parser of a UTF-8 body after its byte order mark. */
    static JsonParser parser(byte[] body) throws IOException {
        int start = Utf8.startsWithByteOrderMark(body) ? 3 : 0;
        return JSON.createParser(body, start, body.length - start);
    }

    static Rejected malformed(String detail) {
        return new Rejected(Rejection.MALFORMED, detail);
    }

    /** The detail of a body that the parser refused. */
    static String notJson(byte[] body) {
        return "body is " + JsonFault.of(body, ReadingDecoder.MAX_NESTING);
    }
}
