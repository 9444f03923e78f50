package io.telltale.security;

import io.telltale.api.StreamTickets;
import io.telltale.security.Caller.Kind;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The content of a ticket.
 *
 * <p>Encoded as base64url without padding: the version, 1 (1 byte); the kind of the caller (1 byte);
 * {@code firstUseMillis}, {@code endMillis} and {@code query} (8 bytes each); the length of the name (2 bytes) and the
 * name; the proof; and an HMAC-SHA-256 (32 bytes) over {@link #LABEL} and all of these, with the key of the cursors. No
 * cursor begins like the label, so neither can be taken for the other.
 *
 * @param firstUseMillis until when it has to be used first, in milliseconds since the epoch
 * @param endMillis from when on it opens no stream
 * @param query the fingerprint of the stream's parameters
 * @param name the caller
 * @param proof of a token its scope as JSON, of an API key the digest of its entry
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record TicketText(Kind kind, long firstUseMillis, long endMillis, long query, String name, byte[] proof) {

    private static final byte[] LABEL = "telltale stream ticket\0".getBytes(StandardCharsets.US_ASCII);
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SIGNATURE_BYTES = 32;
    private static final byte VERSION = 1;
    private static final int HEAD_BYTES = 2 + 3 * Long.BYTES + Short.BYTES;

    /**
     * Encodes and signs it.
     *
     * @return null if it would be longer than {@link StreamTickets#MAX_CHARACTERS}
     */
    @Nullable
    String signed(byte[] key) {
        byte[] named = name.getBytes(StandardCharsets.UTF_8);
        int bytes = HEAD_BYTES + named.length + proof.length + SIGNATURE_BYTES;
        if (named.length > Short.MAX_VALUE || bytes > StreamTickets.MAX_CHARACTERS / 4 * 3) {
            return null;
        }
        ByteBuffer ticket = ByteBuffer.allocate(bytes)
                .put(VERSION)
                .put(kind.code())
                .putLong(firstUseMillis)
                .putLong(endMillis)
                .putLong(query)
                .putShort((short) named.length)
                .put(named)
                .put(proof);
        ticket.put(signature(key, ticket.array(), ticket.position()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(ticket.array());
    }

    /** Decodes and verifies a ticket; null if it is damaged, forged, or of another version. */
    static @Nullable TicketText parse(String text, byte[] key) {
        if (text.length() > StreamTickets.MAX_CHARACTERS) {
            return null;
        }
        try {
            byte[] ticket = Base64.getUrlDecoder().decode(text);
            int end = ticket.length - SIGNATURE_BYTES;
            // Only the canonical encoding: the decoder ignores stray bits at the end.
            if (end < HEAD_BYTES
                    || !MessageDigest.isEqual(
                            Arrays.copyOfRange(ticket, end, ticket.length), signature(key, ticket, end))
                    || !Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(ticket)
                            .equals(text)) {
                return null;
            }
            return content(ByteBuffer.wrap(ticket, 0, end));
        } catch (IllegalArgumentException | BufferUnderflowException malformed) {
            return null;
        }
    }

    private static @Nullable TicketText content(ByteBuffer ticket) {
        byte version = ticket.get();
        Kind kind = Kind.ofCode(ticket.get()).orElse(null);
        if (version != VERSION || kind == null) {
            return null;
        }
        long firstUseMillis = ticket.getLong();
        long endMillis = ticket.getLong();
        long query = ticket.getLong();
        int length = ticket.getShort();
        if (length < 0) {
            return null;
        }
        byte[] name = new byte[length];
        ticket.get(name);
        byte[] proof = new byte[ticket.remaining()];
        ticket.get(proof);
        return new TicketText(kind, firstUseMillis, endMillis, query, new String(name, StandardCharsets.UTF_8), proof);
    }

    /** The signature over the first bytes of a ticket. */
    static byte[] signature(byte[] key, byte[] ticket, int length) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(LABEL);
            mac.update(ticket, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /** Without the proof. */
    @Override
    public String toString() {
        return "ticket of " + name;
    }
}
