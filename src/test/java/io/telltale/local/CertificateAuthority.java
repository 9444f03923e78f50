package io.telltale.local;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Issues certificates for a local stack. Its key exists only in this JVM. */
public final class CertificateAuthority {

    private static final Duration VALIDITY = Duration.ofDays(30);

    /** Clocks of virtual machines are not always right. */
    private static final Duration BACKDATED = Duration.ofDays(1);

    private final X500Principal name;
    private final KeyPair keys;
    private final X509Certificate own;

    private CertificateAuthority(X500Principal name, KeyPair keys, X509Certificate own) {
        this.name = name;
        this.keys = keys;
        this.own = own;
    }

    /** A new authority of that common name. */
    public static CertificateAuthority create(String commonName) {
        X500Principal name = new X500Principal("CN=" + commonName);
        KeyPair keys = newKeys();
        Instant now = Instant.now();
        X509Certificate certificate = sign(name, keys, name, keys, now.minus(BACKDATED), now.plus(VALIDITY), null);
        return new CertificateAuthority(name, keys, certificate);
    }

    /** A certificate for 127.0.0.1 and no name, valid for a month. */
    public IssuedCertificate issue(String commonName) {
        Instant now = Instant.now();
        return issue(commonName, now.minus(BACKDATED), now.plus(VALIDITY));
    }

    /** The same, but it expired an hour ago. */
    public IssuedCertificate issueExpired(String commonName) {
        Instant now = Instant.now();
        return issue(commonName, now.minus(BACKDATED), now.minus(Duration.ofHours(1)));
    }

    private IssuedCertificate issue(String commonName, Instant from, Instant until) {
        KeyPair subject = newKeys();
        GeneralNames addresses = new GeneralNames(new GeneralName(GeneralName.iPAddress, FreePorts.LOOPBACK));
        X509Certificate issued =
                sign(name, keys, new X500Principal("CN=" + commonName), subject, from, until, addresses);
        return new IssuedCertificate(subject.getPrivate(), issued, own);
    }

    /** Writes its certificate as PEM. */
    public Path writeTo(Path file) {
        return IssuedCertificate.write(file, IssuedCertificate.pem("CERTIFICATE", IssuedCertificate.encoded(own)));
    }

    /** Trusts what it issued, and nothing else. */
    public SSLContext trusted() {
        return trusted(null);
    }

    /** The same, of a client that has a certificate. */
    SSLContext trusted(@Nullable IssuedCertificate client) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("authority", own);
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(client == null ? null : client.keyManagers(), managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new LocalStackException("no SSL context", e);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new LocalStackException("no key pair", e);
        }
    }

    /** @param addresses of a server; null for an authority */
    private static X509Certificate sign(
            X500Principal issuer,
            KeyPair issuerKeys,
            X500Principal subject,
            KeyPair subjectKeys,
            Instant from,
            Instant until,
            @Nullable GeneralNames addresses) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    new BigInteger(64, new SecureRandom()),
                    Date.from(from),
                    Date.from(until),
                    subject,
                    subjectKeys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(addresses == null));
            if (addresses != null) {
                builder.addExtension(Extension.subjectAlternativeName, false, addresses);
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
        } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
            throw new LocalStackException("no certificate for " + subject, e);
        }
    }
}
