package io.telltale.sealing;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KmsClient;
import com.google.crypto.tink.KmsClients;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Makes the AEAD of a Tink keyset in JSON, or of a key in a KMS. Messages contain nothing of the keyset. */
final class Keyset {

    private Keyset() {}

    /**
     * The AEAD of a cleartext keyset: seals with its primary key, and opens with all of its enabled keys.
     *
     * @throws IllegalArgumentException if it is no keyset of AEAD keys
     */
    static Aead parse(String json) {
        try {
            AeadConfig.register();
            return TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get())
                    .getPrimitive(RegistryConfiguration.get(), Aead.class);
        } catch (GeneralSecurityException | RuntimeException e) {
            // Without the cause, whose text may quote the file.
            throw new IllegalArgumentException(
                    "the file is not a cleartext Tink keyset in JSON with AEAD keys such as AES256_GCM");
        }
    }

    /**
     * The AEAD of a key in a KMS, through the client that Tink knows for it, or that is on the class path as a service.
     *
     * @throws IllegalArgumentException if there is no such client, or it refuses the key
     */
    static Aead ofKms(String uri) {
        try {
            for (KmsClient client : ServiceLoader.load(KmsClient.class)) {
                if (client.doesSupport(uri)) {
                    return checked(client.withDefaultCredentials().getAead(uri));
                }
            }
            return checked(KmsClients.get(uri).getAead(uri));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "no client on the class path opens this key in a KMS: " + e.getMessage(), e);
        }
    }

    /** Clients of a KMS may throw unchecked exceptions for failed connections. */
    private static Aead checked(Aead kms) {
        return new Aead() {
            @Override
            public byte[] encrypt(byte[] plaintext, byte[] associatedData) throws GeneralSecurityException {
                try {
                    return kms.encrypt(plaintext, associatedData);
                } catch (RuntimeException e) {
                    throw new GeneralSecurityException("the KMS cannot be used", e);
                }
            }

            @Override
            public byte[] decrypt(byte[] ciphertext, byte[] associatedData) throws GeneralSecurityException {
                try {
                    return kms.decrypt(ciphertext, associatedData);
                } catch (RuntimeException e) {
                    throw new GeneralSecurityException("the KMS cannot be used", e);
                }
            }
        };
    }

    /**
     * Decrypts with a KMS what it has just failed to decrypt. Its client reports a wrong key and a failed connection alike, so
     * this tells them apart: a KMS that answers decrypts what it encrypts.
     *
     * @return null if the KMS answers, and cannot decrypt it
     * @throws GeneralSecurityException if the KMS does not answer, or decrypts nothing
     */
    static byte @Nullable [] decryptAgain(Aead kms, byte[] ciphertext, byte[] associatedData)
            throws GeneralSecurityException {
        byte[] probe = DataKey.randomBytes();
        if (!Arrays.equals(kms.decrypt(kms.encrypt(probe, associatedData), associatedData), probe)) {
            throw new GeneralSecurityException("the KMS does not decrypt what it encrypts");
        }
        try {
            return kms.decrypt(ciphertext, associatedData);
        } catch (GeneralSecurityException e) {
            return null;
        }
    }
}
