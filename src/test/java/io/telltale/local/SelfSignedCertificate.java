package io.telltale.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for loopback and its key, made anew by the JDK's {@code keytool}.
 *
 * @param keyStore both, as PKCS12, with {@link #PASSWORD}
 */
public record SelfSignedCertificate(Path keyStore) {

    public static final String PASSWORD = "for-a-test";

    private static final int LIMIT_SECONDS = 60;

    /** Made in that directory, good for two days. */
    public static SelfSignedCertificate in(Path directory) throws IOException, InterruptedException {
        Path keyStore = directory.resolve("service.p12");
        Process keytool = new ProcessBuilder(List.of(
                        JvmCommand.currentJavaHome().resolve("bin/keytool").toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "service",
                        "-dname",
                        "CN=telltale",
                        "-ext",
                        "SAN=ip:" + FreePorts.LOOPBACK,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keyStore.toString(),
                        "-storepass",
                        PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        if (!keytool.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            throw new LocalStackException(
                    "keytool made no certificate: " + Files.readString(directory.resolve("keytool.log")));
        }
        return new SelfSignedCertificate(keyStore);
    }

    /** Trusts it, and nobody else. */
    public SSLContext trusted() throws IOException, GeneralSecurityException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(keyStore)) {
            own.load(file, PASSWORD.toCharArray());
        }
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("service", own.getCertificate("service"));
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
