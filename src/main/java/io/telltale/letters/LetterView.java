package io.telltale.letters;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.telltale.sensors.Rfc3339;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as the API shows it. Bytes that are UTF-8 are text; other bytes are in the member with {@code Base64}
 * in its name.
 *
 * @param id selects the letter in a replay
 * @param rejectedAt the record time of the letter, RFC 3339 UTC with milliseconds
 * @param reason the code; absent in a record that is not a letter of Telltale, like the members after it
 * @param detail what was wrong, and what was expected
 * @param topic the topic of the rejected record
 * @param partition the partition of the rejected record
 * @param offset the offset of the rejected record
 * @param headers the headers of the rejected record
 * @param isBodyLeftOut true if the body was too large for the dead-letter topic; absent otherwise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LetterView(
        String id,
        String rejectedAt,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable String topic,
        @Nullable Integer partition,
        @Nullable Long offset,
        @Nullable String key,
        @Nullable String keyBase64,
        List<HeaderView> headers,
        @Nullable String body,
        @Nullable String bodyBase64,
        @JsonProperty("bodyLeftOut") @Nullable Boolean isBodyLeftOut) {

    /**
     * A header, in the order of the record; names may be repeated.
     *
     * @param value absent without a value, or if it is not UTF-8
     * @param valueBase64 the bytes that are not UTF-8
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record HeaderView(
            String name, @Nullable String value, @Nullable String valueBase64) {

        static HeaderView of(Header header) {
            return new HeaderView(header.key(), text(header.value()), base64(header.value()));
        }
    }

    static LetterView of(DeadLetter letter) {
        byte[] key = letter.record().key();
        byte[] body = letter.record().value();
        return new LetterView(
                letter.id().toString(),
                Rfc3339.format(letter.record().timestamp()),
                letter.reason(),
                letter.detail(),
                letter.topic(),
                letter.partition(),
                letter.offset(),
                text(key),
                base64(key),
                letter.originalHeaders().stream().map(HeaderView::of).toList(),
                text(body),
                base64(body),
                letter.isBodyLeftOut() ? true : null);
    }

    /** Null without bytes, and if they are not UTF-8. */
    private static @Nullable String text(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    /** Null without bytes, and if they are UTF-8. */
    private static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null || text(bytes) != null ? null : Base64.getEncoder().encodeToString(bytes);
    }
}
