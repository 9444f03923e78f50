package io.telltale.api;

import io.telltale.sensors.Excerpt;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * A place in the answer to a query, as opaque text that is safe in a URL. It holds all there is to know, so any replica
 * can go on from it, also after an upgrade: what a release gives out is understood by all later ones.
 *
 * <p>It is, in base64url without padding: the version (1 byte), the query's {@link QueryFingerprint} (8 bytes), the place, and
 * a {@link CursorSigner} over all before it, which the version tells: 1 a checksum, 2 a keyed one. Who takes cursors of one version
 * takes none of the other.
 */
public final class Cursor {

    /** The longest place, in bytes. */
    public static final int MAX_PLACE_BYTES = 1_024;

    private static final int HEAD_BYTES = 1 + Long.BYTES;

    private Cursor() {}

    /**
     * The text for a place.
     *
     * @param query the query that the place belongs to
     * @param place where to go on, in a form of the query's own; at most 1,024 bytes
     * @throws IllegalArgumentException if {@code place} is longer
     */
    public static String encode(QueryFingerprint query, byte[] place, CursorSigner seal) {
        if (place.length > MAX_PLACE_BYTES) {
            throw new IllegalArgumentException(
                    "a place of %d bytes is longer than %d".formatted(place.length, MAX_PLACE_BYTES));
        }
        ByteBuffer cursor = ByteBuffer.allocate(HEAD_BYTES + place.length + seal.bytes())
                .put(seal.version())
                .putLong(query.bits())
                .put(place);
        cursor.put(seal.of(cursor.array(), cursor.position()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor.array());
    }

    /**
     * The place that a text stands for.
     *
     * @param name of the parameter or header that carried it, for messages
     * @param text as given
     * @param query the query that it is used with
     * @param seal that it was given out with
     * @throws ProblemException {@code bad-cursor} if it is damaged or was not given out, belongs to another query, or is of
     *     a version that this one does not know
     */
    public static byte[] decode(String name, String text, QueryFingerprint query, CursorSigner seal) {
        byte[] cursor = bytes(name, text, seal);
        ByteBuffer head = ByteBuffer.wrap(cursor);
        int end = cursor.length - seal.bytes();
        if (!seal.isOn(cursor, end)) {
            throw bad(name, text, "one that is whole, as it was given out");
        }
        if (head.get() != seal.version()) {
            throw bad(name, text, "one of version %d; this one is of another".formatted(seal.version()));
        }
        if (head.getLong() != query.bits()) {
            throw bad(name, text, "one that was given out for the same query");
        }
        return Arrays.copyOfRange(cursor, HEAD_BYTES, end);
    }

    private static byte[] bytes(String name, String text, CursorSigner seal) {
        int maxCharacters = ((HEAD_BYTES + MAX_PLACE_BYTES + seal.bytes()) * 4 + 2) / 3;
        if (text.length() > maxCharacters) {
            throw bad(name, text, "at most %d characters".formatted(maxCharacters));
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
        if (!canonical || cursor.length < HEAD_BYTES + seal.bytes()) {
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
