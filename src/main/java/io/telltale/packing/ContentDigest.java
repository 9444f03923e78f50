package io.telltale.packing;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** What a set holds, in constant memory: the number of its elements, and a digest whatever their order. */
final class ContentDigest {

    private final MessageDigest sha256;
    private final byte[] digest;
    private long count;

    ContentDigest() {
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        this.digest = new byte[sha256.getDigestLength()];
    }

    /** Adds an element. The caller makes sure that different elements have different bytes. */
    void add(byte[]... parts) {
        for (byte[] part : parts) {
            sha256.update(part);
        }
        byte[] one = sha256.digest();
        for (int i = 0; i < digest.length; i++) {
            digest[i] ^= one[i];
        }
        count++;
    }

    boolean isSameAs(ContentDigest other) {
        return count == other.count && Arrays.equals(digest, other.digest);
    }

    long count() {
        return count;
    }

    /** Count and digest. */
    ByteBuffer bytes() {
        return ByteBuffer.allocate(Long.BYTES + digest.length)
                .putLong(count)
                .put(digest)
                .flip()
                .asReadOnlyBuffer();
    }
}
