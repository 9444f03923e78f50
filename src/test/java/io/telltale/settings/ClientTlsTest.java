package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.tls.BaseTlsConfiguration;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TrustOptions;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

class ClientTlsTest {

    /** A configuration of the registry that counts how often its certificates are used. */
    private static final class Configuration extends BaseTlsConfiguration {

        private TrustOptions trust = new PemTrustOptions();
        private Optional<String> verification = Optional.empty();
        private boolean isBroken;
        private int contexts;

        @Override
        public TrustOptions getTrustStoreOptions() {
            return trust;
        }

        @Override
        public SSLContext createSSLContext() throws Exception {
            if (isBroken) {
                throw new GeneralSecurityException("not a certificate");
            }
            contexts++;
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            return context;
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
    private final ClientTls tls = new ClientTls(configuration);

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

        configuration.trust = new PemTrustOptions();
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
