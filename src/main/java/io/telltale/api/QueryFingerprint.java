package io.telltale.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * 64 bits that identify a query, equal on all replicas and in all versions.
 *
 * @param bits the first 64 bits of a SHA-256 over the query's parts
 * @param olderBits the bits that cursors of earlier releases have for this query
 */
public record QueryFingerprint(long bits, long olderBits) {

    /** The fingerprint of a list of texts. */
    public static QueryFingerprint of(Iterable<String> parts) {
        return of(parts, parts);
    }

    /**
     * The fingerprint of a list of texts.
     *
     * @param older the texts of earlier releases
     */
    static QueryFingerprint of(Iterable<String> parts, Iterable<String> older) {
        return new QueryFingerprint(bits(parts), bits(older));
    }

    /** Whether a cursor with these bits belongs to this query. */
    boolean isOf(long cursorBits) {
        return cursorBits == bits || cursorBits == olderBits;
    }

    private static long bits(Iterable<String> parts) {
        MessageDigest digest = sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
