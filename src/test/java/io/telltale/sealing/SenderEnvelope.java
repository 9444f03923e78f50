package io.telltale.sealing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.crypto.tink.Aead;
import java.security.GeneralSecurityException;
import java.util.Base64;

/**
 * What a producer and a consumer do that hide values from Kafka and Telltale. The example of {@code docs/security.md},
 * line by line.
 */
public final class SenderEnvelope {

    private final Aead aead;

    /** @param aead of a keyset that only the producer and the consumer have */
    public SenderEnvelope(Aead aead) {
        this.aead = aead;
    }

    /** The text that the producer sends as the value of a reading. */
    public String seal(String sensorId, long timestampMillis, String value) throws GeneralSecurityException {
        byte[] context = (sensorId + "@" + timestampMillis).getBytes(UTF_8);
        byte[] sealed = aead.encrypt(value.getBytes(UTF_8), context);
        return "tink:" + Base64.getEncoder().encodeToString(sealed);
    }

    /**
     * The value behind the text that the consumer has read.
     *
     * @throws GeneralSecurityException if it was changed, or is of another reading or keyset
     */
    public String open(String sensorId, long timestampMillis, String text) throws GeneralSecurityException {
        byte[] context = (sensorId + "@" + timestampMillis).getBytes(UTF_8);
        byte[] sealed = Base64.getDecoder().decode(text.substring("tink:".length()));
        return new String(aead.decrypt(sealed, context), UTF_8);
    }
}
