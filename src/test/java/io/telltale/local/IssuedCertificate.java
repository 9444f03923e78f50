package io.telltale.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/**
 * A certificate of a server or a client, with its key.
 *
 * @param key of the certificate
 * @param certificate for the key
 * @param issuer the certificate of the authority
 */
public record IssuedCertificate(PrivateKey key, X509Certificate certificate, X509Certificate issuer) {

    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    /** Replaces the certificate and its key, as PEM files. */
    public void writeTo(Path certificateFile, Path keyFile) {
        write(keyFile, pem("PRIVATE KEY", key.getEncoded()));
        write(certificateFile, pem("CERTIFICATE", encoded(certificate)));
    }

    /** Replaces a PEM file of key and certificates, as Kafka expects it. */
    Path writeAll(Path file) {
        return write(
                file,
                pem("PRIVATE KEY", key.getEncoded())
                        + pem("CERTIFICATE", encoded(certificate))
                        + pem("CERTIFICATE", encoded(issuer)));
    }

    /** Replaces a PKCS12 file of key and certificates, as Cassandra expects it. */
    public Path writeKeyStore(Path file, String password) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            keyStore(password).store(bytes, password.toCharArray());
        } catch (GeneralSecurityException | IOException e) {
            throw new LocalStackException("no key store for " + file, e);
        }
        return write(file, bytes.toByteArray());
    }

    /** For a connection in this JVM. */
    public KeyManager[] keyManagers() {
        String password = "in-memory";
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(keyStore(password), password.toCharArray());
            return keys.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new LocalStackException("no key managers for " + certificate.getSubjectX500Principal(), e);
        }
    }

    private KeyStore keyStore(String password) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", key, password.toCharArray(), new Certificate[] {certificate, issuer});
        return store;
    }

    static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new LocalStackException("cannot encode the certificate", e);
        }
    }

    static String pem(String kind, byte[] content) {
        return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(kind, LINES.encodeToString(content));
    }

    /** Moved into place whole: a service may read it at any time. */
    static Path write(Path file, String text) {
        return write(file, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Path write(Path file, byte[] content) {
        try {
            Path next = file.resolveSibling(file.getFileName() + ".new");
            Files.write(next, content);
            return Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new LocalStackException("could not write " + file, e);
        }
    }
}
