package io.telltale.api;

import io.telltale.sensors.Excerpt;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/**
 * A place in the answer to a query, as opaque text that is safe in a URL. It holds all there is to know, so any replica
 * can go on from it, also after an upgrade: a version that was once given out is understood for ever.
 *
 * <p>Version 1 is, in base64url without padding: the version (1 byte), the query's {@link Fingerprint} (8 bytes), the
 * place, and a checksum over all before it (8 bytes, the beginning of a SHA-256). The checksum finds damage; it is no
 * secret and stops nobody who sets out to make a cursor, so what it says is to be checked like any parameter.
 */
public final class Cursor {

    /** The longest place, in bytes. */
    public static final int MAX_PLACE_BYTES = 1_024;

    private static final byte VERSION = 1;
    private static final int HEAD_BYTES = 1 + Long.BYTES;
    private static final int CHECKSUM_BYTES = Long.BYTES;
    private static final int MAX_BYTES = HEAD_BYTES + MAX_PLACE_BYTES + CHECKSUM_BYTES;
    private static final int MAX_CHARACTERS = (MAX_BYTES * 4 + 2) / 3;

    private Cursor() {}

    /**
     * The text for a place.
     *
     * @param query the query that the place belongs to
     * @param place where to go on, in a form of the query's own; at most 1,024 bytes
     * @throws IllegalArgumentException if {@code place} is longer
     */
    public static String encode(Fingerprint query, byte[] place) {
        if (place.length > MAX_PLACE_BYTES) {
            throw new IllegalArgumentException(
                    "a place of %d bytes is longer than %d".formatted(place.length, MAX_PLACE_BYTES));
        }
        ByteBuffer cursor = ByteBuffer.allocate(HEAD_BYTES + place.length + CHECKSUM_BYTES)
                .put(VERSION)
                .putLong(query.bits())
                .put(place);
        cursor.putLong(checksum(cursor.array(), cursor.position()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor.array());
    }

    /**
     * The place that a text stands for.
     *
     * @param name of the parameter or header that carried it, for messages
     * @param text as given
     * @param query the query that it is used with
     * @throws ProblemException {@code bad-cursor} if it is damaged, belongs to another query, or is of a version that
     *     this one does not know
     */
    public static byte[] decode(String name, String text, Fingerprint query) {
        byte[] cursor = bytes(name, text);
        ByteBuffer head = ByteBuffer.wrap(cursor);
        int end = cursor.length - CHECKSUM_BYTES;
        if (head.getLong(end) != checksum(cursor, end)) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        if (head.get() != VERSION) {
            throw bad(name, text, "one of version %d; this one is of a newer version".formatted(VERSION));
        }
        if (head.getLong() != query.bits()) {
            throw bad(name, text, "one that was given out for the same query");
        }
        return Arrays.copyOfRange(cursor, HEAD_BYTES, end);
    }

    private static byte[] bytes(String name, String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw bad(name, text, "at most %d characters".formatted(MAX_CHARACTERS));
        }
        byte[] cursor;
        try {
            cursor = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        // The decoder overlooks padding and stray bits at the end; only what we wrote ourselves is taken.
        boolean canonical =
                Base64.getUrlEncoder().withoutPadding().encodeToString(cursor).equals(text);
        if (!canonical || cursor.length < HEAD_BYTES + CHECKSUM_BYTES) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        return cursor;
    }

    private static long checksum(byte[] bytes, int length) {
        MessageDigest digest = Fingerprint.sha256();
        digest.update(bytes, 0, length);
        return Fingerprint.first64Bits(digest);
    }

    private static ProblemException bad(String name, String text, String expected) {
        return Problem.of(
                        ProblemCode.BAD_CURSOR,
                        "parameter %s is '%s'; expected %s".formatted(name, Excerpt.of(text), expected))
                .exception();
    }
}
