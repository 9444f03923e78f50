package io.telltale.sealing;

import com.google.crypto.tink.subtle.AesSiv;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * A key that seals the values of one sensor, with AES-SIV (RFC 5297). AES-SIV is deterministic: a record that is
 * written twice gives the same bytes, so that the later write changes nothing. Unlike AES-GCM it does not depend on a
 * nonce that must never repeat. Thread-safe.
 */
public final class DataKey {

    private static final int BYTES = 64;

    private final int id;
    private final AesSiv cipher;

    /**
     * Creates the key of an id.
     *
     * @param id unique among the keys of its sensor
     * @param bytes 64 bytes
     * @throws IllegalArgumentException if it is no such key
     */
    public DataKey(int id, byte[] bytes) {
        this.id = id;
        try {
            this.cipher = new AesSiv(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("a data key of %d bytes; expected %d".formatted(bytes.length, BYTES), e);
        }
    }

    /** Random bytes for a new key. */
    public static byte[] randomBytes() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    public int id() {
        return id;
    }

    byte[] encrypt(byte[] plaintext, byte[] associatedData) {
        try {
            return cipher.encryptDeterministically(plaintext, associatedData);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot encrypt with AES", e);
        }
    }

    /** Null if the ciphertext is not one of this key with this associated data. */
    byte @Nullable [] decrypt(byte[] ciphertext, byte[] associatedData) {
        try {
            return cipher.decryptDeterministically(ciphertext, associatedData);
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    /** Never the key itself. */
    @Override
    public String toString() {
        return "data key " + id;
    }
}
