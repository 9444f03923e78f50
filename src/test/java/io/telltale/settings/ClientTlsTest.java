package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.tls.BaseTlsConfiguration;
import io.telltale.local.CertificateAuthority;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyStoreOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TrustOptions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientTlsTest {

    /** A configuration of the registry that counts how often its certificates are used. */
    private static final class Configuration extends BaseTlsConfiguration {

        private TrustOptions trust = counted();
        private Optional<String> verification = Optional.empty();
        private boolean isBroken;
        private int contexts;

        /** The certificates of a reload. */
        private TrustOptions counted() {
            return new KeyStoreOptions() {
                @Override
                public TrustManagerFactory getTrustManagerFactory(Vertx vertx) throws Exception {
                    if (isBroken) {
                        throw new GeneralSecurityException("not a certificate");
                    }
                    contexts++;
                    TrustManagerFactory factory =
                            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                    factory.init((KeyStore) null);
                    return factory;
                }
            };
        }

        @Override
        public TrustOptions getTrustStoreOptions() {
            return trust;
        }

        @Override
        public SSLOptions getSSLOptions() {
            return new SSLOptions().setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"));
        }

        @Override
        public Optional<String> getHostnameVerificationAlgorithm() {
            return verification;
        }

        @Override
        public String getName() {
            return "cassandra";
        }
    }

    private final Configuration configuration = new Configuration();
    private final List<String> reports = new ArrayList<>();
    private final Vertx vertx = Vertx.vertx();
    private final ClientTls tls =
            new ClientTls(configuration, vertx, (server, reason) -> reports.add(server + " " + reason.getMessage()));

    @AfterEach
    void close() {
        vertx.close();
    }

    @Test
    void aRefusedCertificateIsReportedWithItsServer() throws Exception {
        X509Certificate certificate =
                CertificateAuthority.create("Unknown").issue("node").certificate();
        X509ExtendedTrustManager judge = (X509ExtendedTrustManager)
                configuration.counted().getTrustManagerFactory(vertx).getTrustManagers()[0];
        ReportingTrustManager manager = new ReportingTrustManager(
                judge, true, (server, reason) -> reports.add(server + " " + reason.getMessage()));
        SSLEngine engine = SSLContext.getDefault().createSSLEngine("node-1", 9042);

        assertThatThrownBy(() -> manager.checkServerTrusted(new X509Certificate[] {certificate}, "EC", engine))
                .isInstanceOf(CertificateException.class);
        assertThat(reports).singleElement().asString().startsWith("node-1:9042 ");
    }

    @Test
    void anEngineVerifiesTheHostAndHasTheProtocolsOfTheRegistry() {
        SSLEngine engine = tls.engine("node-1", 9042, tls.verification());

        assertThat(engine.getUseClientMode()).isTrue();
        assertThat(engine.getPeerHost()).isEqualTo("node-1");
        assertThat(engine.getSSLParameters().getEndpointIdentificationAlgorithm())
                .isEqualTo("HTTPS");
        assertThat(engine.getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
    }

    @Test
    void certificatesAreReadAgainAfterAReloadOnly() {
        tls.engine("node-1", 9042, "HTTPS");
        tls.engine("node-2", 9042, "HTTPS");
        assertThat(configuration.contexts).isEqualTo(1);

        configuration.trust = configuration.counted();
        tls.engine("node-1", 9042, "HTTPS");
        assertThat(configuration.contexts).isEqualTo(2);
    }

    @Test
    void noneSwitchesTheVerificationOff() {
        configuration.verification = Optional.of("none");
        assertThat(tls.verification()).isEmpty();
        configuration.verification = Optional.of("LDAPS");
        assertThat(tls.verification()).isEqualTo("LDAPS");
    }

    @Test
    void unusableCertificatesAreNamed() {
        configuration.isBroken = true;
        assertThatThrownBy(() -> tls.engine("node-1", 9042, "HTTPS"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("TLS configuration cassandra")
                .hasMessageContaining("not a certificate");
    }
}
