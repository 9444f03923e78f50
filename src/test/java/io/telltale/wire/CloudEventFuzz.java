package io.telltale.wire;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: a record with key and headers. The input is five parts, separated by line feeds: {@code content-type},
 * {@code ce_subject}, {@code ce_time}, the key, and the body, which may contain more of them. A part of one {@code -}
 * is absent.
 */
public final class CloudEventFuzz {

    private static final int PARTS = 5;
    private static final RecordDecoder DECODER = new RecordDecoder();

    private CloudEventFuzz() {}

    /** Decodes a record with headers. */
    public static void fuzzerTestOneInput(byte[] input) {
        byte[][] parts = split(input);
        HeaderValues headers = name -> switch (name.toLowerCase(Locale.ROOT)) {
            case "content-type" -> part(parts[0]);
            case "ce_subject" -> part(parts[1]);
            case "ce_time" -> part(parts[2]);
            default -> null;
        };
        DecodeResult decoded =
                DECODER.decode(RecordFuzz.TYPE, headers, part(parts[3]), part(parts[4]), RecordFuzz.RECORD_TIME_MILLIS);
        if (!RecordDecoder.isPack(headers)) {
            RecordFuzz.check(decoded, RecordFuzz.RECORD_TIME_MILLIS);
        }
    }

    private static byte[][] split(byte[] input) {
        byte[][] parts = new byte[PARTS][];
        int from = 0;
        for (int i = 0; i < PARTS; i++) {
            int to = from;
            while (to < input.length && (i == PARTS - 1 || input[to] != '\n')) {
                to++;
            }
            parts[i] = Arrays.copyOfRange(input, from, to);
            from = Math.min(to + 1, input.length);
        }
        return parts;
    }

    private static byte @Nullable [] part(byte[] part) {
        return part.length == 1 && part[0] == '-' ? null : part;
    }
}
