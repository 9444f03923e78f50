package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.tls.BaseTlsConfiguration;
import io.quarkus.tls.runtime.config.TrustStoreConfig.CertificateExpiryPolicy;
import io.quarkus.tls.runtime.keystores.ExpiryTrustOptions;
import io.telltale.local.CertificateAuthority;
import io.telltale.local.IssuedCertificate;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Handshakes with servers whose certificates are right or wrong: what is refused, and the reason that the log shows.
 */
class ClientTlsHandshakeTest {

    private final Path directory;
    private final CertificateAuthority authority = CertificateAuthority.create("Right");
    private final Configuration configuration = new Configuration();
    private final List<String> reports = new ArrayList<>();
    private final Vertx vertx = Vertx.vertx();
    private final ClientTls tls = new ClientTls(
            configuration, vertx, (server, reason) -> reports.add(server + " " + RootCause.describe(reason)));

    ClientTlsHandshakeTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private final class Configuration extends BaseTlsConfiguration {

        private TrustOptions options = new PemTrustOptions();

        private void trust(CertificateAuthority trusted) throws IOException {
            trust(trusted.writeTo(directory.resolve("ca.crt")));
        }

        /** As the registry returns it by default. */
        private void trust(Path certificate) throws IOException {
            options = new ExpiryTrustOptions(
                    new PemTrustOptions().addCertValue(Buffer.buffer(Files.readString(certificate))),
                    CertificateExpiryPolicy.WARN);
        }

        @Override
        public TrustOptions getTrustStoreOptions() {
            return options;
        }

        @Override
        public SSLOptions getSSLOptions() {
            return new SSLOptions();
        }
    }

    @AfterEach
    void close() {
        vertx.close();
    }

    @Test
    void aRightCertificateIsAccepted() throws Exception {
        configuration.trust(authority);
        connect("127.0.0.1", authority.issue("server"));
        assertThat(reports).isEmpty();
    }

    @Test
    void anUnknownAuthorityIsRefusedUntilItIsReloaded() throws Exception {
        configuration.trust(CertificateAuthority.create("Wrong"));
        IssuedCertificate certificate = authority.issue("server");
        assertRefused("127.0.0.1", certificate, "PKIX path building failed");

        configuration.trust(authority);
        connect("127.0.0.1", certificate);
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        configuration.trust(authority);
        assertRefused("127.0.0.1", authority.issueExpired("server"), "NotAfter");
    }

    /** The JDK does not check the date of a certificate that the trust store contains. */
    @Test
    void anExpiredCertificateInTheTrustStoreIsRefused() throws Exception {
        IssuedCertificate expired = authority.issueExpired("server");
        Path file = directory.resolve("server.crt");
        expired.writeTo(file, directory.resolve("server.key"));
        configuration.trust(file);
        assertRefused("127.0.0.1", expired, "NotAfter");
    }

    @Test
    void anotherHostNameIsRefused() throws Exception {
        configuration.trust(authority);
        assertRefused("localhost", authority.issue("server"), "No name matching localhost found");
    }

    private void assertRefused(String host, IssuedCertificate certificate, String reason) {
        assertThatThrownBy(() -> connect(host, certificate)).isInstanceOf(SSLHandshakeException.class);
        assertThat(reports)
                .singleElement()
                .asString()
                .startsWith(host + ":9042 ")
                .contains(reason);
    }

    /** A handshake in memory. */
    private void connect(String host, IssuedCertificate certificate) throws Exception {
        SSLEngine client = tls.engine(host, 9042, tls.verification());
        SSLEngine server = server(certificate);
        client.beginHandshake();
        server.beginHandshake();
        ByteBuffer toServer = ByteBuffer.allocate(1 << 17);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 17);
        for (int round = 0; round < 20; round++) {
            advance(client, toClient, toServer);
            advance(server, toServer, toClient);
        }
        assertThat(client.getHandshakeStatus()).isEqualTo(SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING);
        assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }

    private static void advance(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        ByteBuffer nothing = ByteBuffer.allocate(0);
        ByteBuffer data = ByteBuffer.allocate(1 << 16);
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> engine.wrap(nothing, out);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    in.flip();
                    SSLEngineResult.Status status = engine.unwrap(in, data).getStatus();
                    in.compact();
                    if (status != SSLEngineResult.Status.OK) {
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private static SSLEngine server(IssuedCertificate certificate) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(certificate.keyManagers(), null, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }
}
