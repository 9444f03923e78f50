package io.telltale.sealing;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KmsClient;
import com.google.crypto.tink.KmsClients;
import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicInteger;

/** A key in a KMS in memory, under a URI of its own. */
public final class TestKms implements KmsClient {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String uri = "test-kms-%d://key".formatted(COUNT.incrementAndGet());
    private final Aead key = Keyset.parse(TestKeyset.create()).aead();
    private volatile boolean isConnected = true;
    private volatile boolean mayUnwrap = true;

    private TestKms() {}

    /** A KMS that Tink knows from now on. */
    public static TestKms create() {
        TestKms kms = new TestKms();
        KmsClients.add(kms);
        return kms;
    }

    public String uri() {
        return uri;
    }

    /** Without a connection, its client throws unchecked exceptions, as that of AWS does. */
    public void setConnected(boolean isNow) {
        isConnected = isNow;
    }

    /** Whether the service has the right to decrypt. */
    public void setMayUnwrap(boolean isNow) {
        mayUnwrap = isNow;
    }

    @Override
    public boolean doesSupport(String other) {
        return other.equals(uri);
    }

    @Override
    public KmsClient withCredentials(String path) {
        return this;
    }

    @Override
    public KmsClient withDefaultCredentials() {
        return this;
    }

    @Override
    public Aead getAead(String ofUri) {
        return new Aead() {
            @Override
            public byte[] encrypt(byte[] plaintext, byte[] associatedData) throws GeneralSecurityException {
                requireConnection();
                return key.encrypt(plaintext, associatedData);
            }

            @Override
            public byte[] decrypt(byte[] ciphertext, byte[] associatedData) throws GeneralSecurityException {
                requireConnection();
                if (!mayUnwrap) {
                    throw new GeneralSecurityException("decryption failed");
                }
                return key.decrypt(ciphertext, associatedData);
            }
        };
    }

    private void requireConnection() {
        if (!isConnected) {
            throw new IllegalStateException("no connection to the KMS");
        }
    }
}
