package io.telltale.security;

import io.telltale.sensors.Scope;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Set;

/**
 * An entry of the key file. It has a hash of the key, not the key.
 *
 * @param expiresMillis the end of the key, in milliseconds since the epoch; {@link Long#MAX_VALUE} for none
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ApiKey(String name, byte[] salt, byte[] hash, Set<Role> roles, Scope scope, long expiresMillis) {

    private static final int DIGEST_BYTES = 16;

    ApiKey {
        roles = Set.copyOf(roles);
    }

    /** Whether a key is the one of this entry. Takes as long for any key. */
    boolean matches(byte[] key) {
        return MessageDigest.isEqual(hash, hash(salt, key));
    }

    boolean isExpiredAt(long nowMillis) {
        return nowMillis >= expiresMillis;
    }

    /** Identifies the key of this entry, without telling anything of it: salts and keys are random. */
    byte[] digest() {
        return Arrays.copyOf(hash(salt, hash), DIGEST_BYTES);
    }

    /** Whether an entry allows exactly the same. */
    boolean isSame(ApiKey other) {
        return name.equals(other.name)
                && Arrays.equals(salt, other.salt)
                && Arrays.equals(hash, other.hash)
                && roles.equals(other.roles)
                && scope.equals(other.scope)
                && expiresMillis == other.expiresMillis;
    }

    /** SHA-256 of salt and key. A slow hash is not needed: keys are random, so they cannot be guessed. */
    static byte[] hash(byte[] salt, byte[] key) {
        MessageDigest digest = sha256();
        digest.update(salt);
        return digest.digest(key);
    }

    static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Without salt and hash, which do not belong into logs. */
    @Override
    public String toString() {
        return "API key " + name;
    }
}
