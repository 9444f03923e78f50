package io.telltale.api;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs a {@link Cursor}: the signature shows that the cursor is unchanged. */
public sealed interface CursorSigner {

    /**
     * The first 8 bytes of a SHA-256. It detects damage, not forgery: validate the position like any parameter.
     */
    CursorSigner CHECKSUM = new Checksum();

    /**
     * The first 12 bytes of an HMAC-SHA-256 (RFC 2104). A cursor cannot be forged without the key. Each attempt costs a
     * request, so 96 bits are enough, and a cursor stays short enough for error details.
     *
     * @param key at least 16 bytes, the same on every replica
     * @throws IllegalArgumentException if it is shorter
     */
    static CursorSigner keyed(byte[] key) {
        return new Keyed(key);
    }

    /** The version of the cursors that it signs. */
    byte version();

    int bytes();

    /** The signature of the first bytes of {@code cursor}. */
    byte[] of(byte[] cursor, int length);

    /** Whether the first bytes of {@code cursor} are followed by their signature. Takes constant time. */
    default boolean isOn(byte[] cursor, int length) {
        return MessageDigest.isEqual(Arrays.copyOfRange(cursor, length, cursor.length), of(cursor, length));
    }

    /** {@link CursorSigner#CHECKSUM}. */
    final class Checksum implements CursorSigner {

        private Checksum() {}

        @Override
        public byte version() {
            return 1;
        }

        @Override
        public int bytes() {
            return Long.BYTES;
        }

        @Override
        public byte[] of(byte[] cursor, int length) {
            MessageDigest digest = QueryFingerprint.sha256();
            digest.update(cursor, 0, length);
            return Arrays.copyOf(digest.digest(), bytes());
        }
    }

    /** {@link CursorSigner#keyed}. */
    final class Keyed implements CursorSigner {

        private static final String ALGORITHM = "HmacSHA256";
        private static final int MIN_KEY_BYTES = 16;

        private final SecretKeySpec key;

        private Keyed(byte[] key) {
            if (key.length < MIN_KEY_BYTES) {
                throw new IllegalArgumentException(
                        "a key of %d bytes is shorter than %d".formatted(key.length, MIN_KEY_BYTES));
            }
            this.key = new SecretKeySpec(key, ALGORITHM);
        }

        @Override
        public byte version() {
            return 2;
        }

        @Override
        public int bytes() {
            return 12;
        }

        @Override
        public byte[] of(byte[] cursor, int length) {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(key);
                mac.update(cursor, 0, length);
                return Arrays.copyOf(mac.doFinal(), bytes());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java has " + ALGORITHM, e);
            }
        }
    }
}
