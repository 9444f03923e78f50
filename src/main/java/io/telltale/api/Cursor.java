package io.telltale.api;

import io.telltale.sensors.Excerpt;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * A position in the result of a query, as opaque text that is safe in a URL. It is self-contained: every replica can continue
 * from it, and later releases understand the cursors of earlier ones.
 *
 * <p>Format, in base64url without padding: the version (1 byte), the {@link QueryFingerprint} (8 bytes), the position, and the
 * signature of a {@link CursorSigner} over all of these. Version 1 has a checksum, version 2 a keyed signature. A service
 * accepts one version only.
 */
public final class Cursor {

    /** The longest position, in bytes. */
    public static final int MAX_POSITION_BYTES = 1_024;

    private static final int HEAD_BYTES = 1 + Long.BYTES;

    private Cursor() {}

    /**
     * Encodes a position.
     *
     * @param query the query that the position belongs to
     * @param position in a format of the query; at most 1,024 bytes
     * @throws IllegalArgumentException if {@code position} is longer
     */
    public static String encode(QueryFingerprint query, byte[] position, CursorSigner signer) {
        if (position.length > MAX_POSITION_BYTES) {
            throw new IllegalArgumentException(
                    "a position of %d bytes is longer than %d".formatted(position.length, MAX_POSITION_BYTES));
        }
        ByteBuffer cursor = ByteBuffer.allocate(HEAD_BYTES + position.length + signer.bytes())
                .put(signer.version())
                .putLong(query.bits())
                .put(position);
        cursor.put(signer.of(cursor.array(), cursor.position()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor.array());
    }

    /**
     * Decodes and verifies a position.
     *
     * @param name the parameter or header, for error details
     * @param query the query of the request
     * @throws ProblemException {@code bad-cursor} if it is damaged or forged, belongs to another query, or has an unknown
     *     version
     */
    public static byte[] decode(String name, String text, QueryFingerprint query, CursorSigner signer) {
        byte[] cursor = bytes(name, text, signer);
        ByteBuffer head = ByteBuffer.wrap(cursor);
        int end = cursor.length - signer.bytes();
        if (!signer.isOn(cursor, end)) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        if (head.get() != signer.version()) {
            throw bad(name, text, "one of version %d; this one is of another".formatted(signer.version()));
        }
        if (head.getLong() != query.bits()) {
            throw bad(name, text, "one that was given out for the same query");
        }
        return Arrays.copyOfRange(cursor, HEAD_BYTES, end);
    }

    private static byte[] bytes(String name, String text, CursorSigner signer) {
        int maxCharacters = ((HEAD_BYTES + MAX_POSITION_BYTES + signer.bytes()) * 4 + 2) / 3;
        if (text.length() > maxCharacters) {
            throw bad(name, text, "at most %d characters".formatted(maxCharacters));
        }
        byte[] cursor;
        try {
            cursor = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        // The decoder ignores padding and stray bits at the end; only the canonical encoding is accepted.
        boolean isCanonical =
                Base64.getUrlEncoder().withoutPadding().encodeToString(cursor).equals(text);
        if (!isCanonical || cursor.length < HEAD_BYTES + signer.bytes()) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        return cursor;
    }

    private static ProblemException bad(String name, String text, String expected) {
        return Problem.of(
                        ProblemCode.BAD_CURSOR,
                        "parameter %s is '%s'; expected %s".formatted(name, Excerpt.of(text), expected))
                .exception();
    }
}
