package io.telltale.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.telltale.sensors.Excerpt;
import io.telltale.wire.Decoded.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** What all bodies share, whatever their form: there is one, it is not too large, and it is JSON in UTF-8. */
final class JsonBody {

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
                    .maxNestingDepth(ReadingDecoder.MAX_NESTING)
                    .maxNumberLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxNameLength(ReadingDecoder.MAX_BODY_BYTES)
                    .maxStringLength(ReadingDecoder.MAX_BODY_BYTES)
                    .build())
            .build();

    private JsonBody() {}

    /** Reads one body from its first token past its last, and judges it. Used for a single record and thrown away. */
    interface Reader {
        Decoded read(JsonParser json) throws IOException;
    }

    /**
     * Has {@code reader} read a body, unless it is not fit to be read.
     *
     * @param expected what the body should be, in words for a message
     */
    static Decoded read(byte @Nullable [] body, String expected, Reader reader) {
        if (body == null || body.length == 0) {
            return malformed("no body; expected %s".formatted(expected));
        }
        if (body.length > ReadingDecoder.MAX_BODY_BYTES) {
            return new Rejected(
                    Rejection.TOO_LARGE,
                    "body is %d bytes; expected at most %d".formatted(body.length, ReadingDecoder.MAX_BODY_BYTES));
        }
        if (!Utf8.isValid(body)) {
            return malformed("body is not UTF-8; expected %s in UTF-8".formatted(expected));
        }
        try (JsonParser json = parser(body)) {
            return reader.read(json);
        } catch (JsonProcessingException e) {
            return malformed(notJson(e));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    /** A parser of a body in UTF-8, past its byte order mark. */
    static JsonParser parser(byte[] body) throws IOException {
        int start = Utf8.startsWithByteOrderMark(body) ? 3 : 0;
        return JSON.createParser(body, start, body.length - start);
    }

    static Rejected malformed(String detail) {
        return new Rejected(Rejection.MALFORMED, detail);
    }

    static String notJson(JsonProcessingException e) {
        return "body is not JSON at byte %d: %s"
                .formatted(
                        e.getLocation() == null ? 0 : e.getLocation().getByteOffset(),
                        Excerpt.of(e.getOriginalMessage(), MAX_CAUSE_CHARACTERS));
    }
}
