package io.telltale.api;

import io.telltale.sensors.Excerpt;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * A position in the result of a query, as opaque text that is safe in a URL. It is self-contained: every replica can
 * continue from it, and later releases understand the cursors of earlier ones.
 *
 * <p>Format, in base64url without padding: the version (1 byte), the {@link QueryFingerprint} (8 bytes), the position,
 * and the signature of a {@link CursorSigner} over all of these. Version 1 has a checksum, version 2 a keyed signature.
 * A service accepts one version only.
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
     * @param source where it comes from, for error details: {@code parameter cursor}
     * @param query the query of the request
     * @throws ProblemException {@code bad-cursor} if it is damaged or forged, belongs to another query, or has an
     *     unknown version
     */
    public static byte[] decode(String source, String text, QueryFingerprint query, CursorSigner signer) {
        byte[] cursor = bytes(source, text, signer);
        ByteBuffer head = ByteBuffer.wrap(cursor);
        int end = cursor.length - signer.bytes();
        if (!signer.isOn(cursor, end)) {
            throw bad(source, text, "a whole one, as a response had it");
        }
        if (head.get() != signer.version()) {
            throw bad(source, text, "one of version %d, as this service returns them".formatted(signer.version()));
        }
        if (!query.isOf(head.getLong())) {
            throw bad(source, text, "one of the same query");
        }
        return Arrays.copyOfRange(cursor, HEAD_BYTES, end);
    }

    private static byte[] bytes(String source, String text, CursorSigner signer) {
        int maxCharacters = ((HEAD_BYTES + MAX_POSITION_BYTES + signer.bytes()) * 4 + 2) / 3;
        if (text.length() > maxCharacters) {
            throw bad(source, text, "at most %d characters".formatted(maxCharacters));
        }
        byte[] cursor;
        try {
            cursor = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            throw bad(source, text, "a whole one, as a response had it");
        }
        // The decoder ignores padding and stray bits at the end; only the canonical encoding is accepted.
        boolean isCanonical =
                Base64.getUrlEncoder().withoutPadding().encodeToString(cursor).equals(text);
        if (!isCanonical || cursor.length < HEAD_BYTES + signer.bytes()) {
            throw bad(source, text, "a whole one, as a response had it");
        }
        return cursor;
    }

    private static ProblemException bad(String source, String text, String expected) {
        return Problem.of(
                        ProblemCode.BAD_CURSOR, "%s is '%s'; expected %s".formatted(source, Excerpt.of(text), expected))
                .exception();
    }
}
