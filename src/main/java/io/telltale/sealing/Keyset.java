package io.telltale.sealing;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.KmsClient;
import com.google.crypto.tink.KmsClients;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads a Tink keyset in JSON, and makes the AEAD of a key in a KMS. Messages contain nothing of the keyset. */
final class Keyset {

    private Keyset() {}

    /**
     * A cleartext keyset.
     *
     * @param aead seals with the primary key, and opens with all enabled keys
     * @param enabled the ids of the enabled keys, as in the JSON
     * @param primary the id of the primary key
     */
    record Cleartext(Aead aead, Set<String> enabled, String primary) {}

    /**
     * Parses a cleartext keyset.
     *
     * @throws IllegalArgumentException if it is no keyset of AEAD keys
     */
    static Cleartext parse(String json) {
        try {
            AeadConfig.register();
            KeysetHandle keys = TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get());
            Set<String> enabled = new TreeSet<>();
            for (int i = 0; i < keys.size(); i++) {
                if (keys.getAt(i).getStatus() == KeyStatus.ENABLED) {
                    enabled.add(id(keys.getAt(i)));
                }
            }
            return new Cleartext(
                    keys.getPrimitive(RegistryConfiguration.get(), Aead.class), enabled, id(keys.getPrimary()));
        } catch (GeneralSecurityException | RuntimeException e) {
            // Without the cause, whose text may quote the file.
            throw new IllegalArgumentException(
                    "the file is not a cleartext Tink keyset in JSON with AEAD keys such as AES256_GCM");
        }
    }

    private static String id(KeysetHandle.Entry key) {
        return Integer.toUnsignedString(key.getId());
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
     * Decrypts with a KMS what it has just failed to decrypt. Its client reports a wrong key and a failed connection
     * alike, so this tells them apart: a KMS that answers decrypts what it encrypts.
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
