package io.telltale.sealing;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KmsClient;
import com.google.crypto.tink.KmsClients;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import java.security.GeneralSecurityException;
import java.util.ServiceLoader;

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
                    return client.withDefaultCredentials().getAead(uri);
                }
            }
            return KmsClients.get(uri).getAead(uri);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "no client on the class path opens this key in a KMS: " + e.getMessage(), e);
        }
    }
}
