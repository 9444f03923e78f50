package io.telltale.wire;

import io.telltale.sensors.SensorType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns a record into readings, whatever its form: a SenML pack where the header {@code content-type} says so, and one
 * JSON reading everywhere else. The verdict depends on the record alone, never on when it is read.
 *
 * <p>Only the media type {@code application/senml+json} is looked for, in any letter case and with any parameters; another
 * content type changes nothing. Of CloudEvents, binary mode needs no telling apart: it is an ordinary record with {@code
 * ce_*} headers, of which {@link ReadingDecoder} knows two. An event in structured mode is judged as the JSON that it is.
 *
 * <p>Stateless and safe for any number of threads.
 */
public final class RecordDecoder {

    private static final String CONTENT_TYPE = "content-type";
    private static final byte[] SENML = "application/senml+json".getBytes(StandardCharsets.US_ASCII);

    private final ReadingDecoder readings = new ReadingDecoder();
    private final SenMlDecoder packs = new SenMlDecoder();

    /**
     * What a record carries.
     *
     * @param topicType the type of the topic it came from
     * @param headers its headers; {@link HeaderValues#NONE} where it has none, so that nobody looks for them
     * @param key its key; may be absent
     * @param body its value; absent for a tombstone
     * @param recordTimeMillis its timestamp, in milliseconds since the epoch
     */
    public Decoded decode(
            SensorType topicType,
            HeaderValues headers,
            byte @Nullable [] key,
            byte @Nullable [] body,
            long recordTimeMillis) {
        return isPack(headers)
                ? packs.decode(topicType, body, recordTimeMillis)
                : readings.decode(topicType, headers, key, body, recordTimeMillis);
    }

    /** Whether a record is a pack, so that its key says nothing about whose readings are in it. */
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
