package io.telltale.wire;

import io.telltale.sensors.SensorType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decodes a record of any format: a SenML pack if header {@code content-type} says so, otherwise one JSON reading. The
 * result depends on the record only, never on the time of decoding.
 *
 * <p>The only media type with an effect is {@code application/senml+json}, in any letter case and with any parameters.
 * A CloudEvent in binary mode is an ordinary record with {@code ce_*} headers; {@link ReadingDecoder} knows two of
 * them. A CloudEvent in structured mode is decoded as plain JSON.
 *
 * <p>Stateless and thread-safe.
 */
public final class RecordDecoder {

    private static final String CONTENT_TYPE = "content-type";
    private static final byte[] SENML = "application/senml+json".getBytes(StandardCharsets.US_ASCII);

    private final ReadingDecoder readings = new ReadingDecoder();
    private final SenMlDecoder packs = new SenMlDecoder();

    /**
     * Decodes a record.
     *
     * @param topicType the type of the topic it came from
     * @param headers its headers; {@link HeaderValues#NONE} without any, to skip the search
     * @param key its key; may be absent
     * @param body its value; absent for a tombstone
     * @param recordTimeMillis its timestamp, in milliseconds since the epoch
     */
    public DecodeResult decode(
            SensorType topicType,
            HeaderValues headers,
            byte @Nullable [] key,
            byte @Nullable [] body,
            long recordTimeMillis) {
        return isPack(headers)
                ? packs.decode(topicType, body, recordTimeMillis)
                : readings.decode(topicType, headers, key, body, recordTimeMillis);
    }

    /** Whether a record is a pack. The key of a pack does not identify its sensors. */
    public static boolean isPack(HeaderValues headers) {
        if (headers == HeaderValues.NONE) {
            return false;
        }
        byte[] contentType = headers.of(CONTENT_TYPE);
        return contentType != null && isSenMl(contentType);
    }

    private static boolean isSenMl(byte[] contentType) {
        int from = 0;
        while (from < contentType.length && isBlank(contentType[from])) {
            from++;
        }
        int to = from;
        while (to < contentType.length && contentType[to] != ';') {
            to++;
        }
        while (to > from && isBlank(contentType[to - 1])) {
            to--;
        }
        if (to - from != SENML.length) {
            return false;
        }
        for (int i = 0; i < SENML.length; i++) {
            if (lowerCase(contentType[from + i]) != SENML[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static byte lowerCase(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + ('a' - 'A')) : b;
    }
}
