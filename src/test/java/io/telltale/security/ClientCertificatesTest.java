package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemTrustOptions;
import org.junit.jupiter.api.Test;

class ClientCertificatesTest {

    @Test
    void asksForThemOverHttpsOnly() {
        HttpServerOptions options = new HttpServerOptions().setTrustOptions(new PemTrustOptions());

        new ClientCertificates(ClientAuth.REQUIRED).customizeHttpServer(options);
        assertThat(options.getClientAuth()).isEqualTo(ClientAuth.NONE);

        new ClientCertificates(ClientAuth.REQUIRED).customizeHttpsServer(options);
        assertThat(options.getClientAuth()).isEqualTo(ClientAuth.REQUIRED);
    }

    @Test
    void anAuthorityMustBeConfigured() {
        HttpServerOptions options = new HttpServerOptions();

        assertThatThrownBy(() -> new ClientCertificates(ClientAuth.REQUEST).customizeHttpsServer(options))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("quarkus.tls.NAME.trust-store.pem.certs");
        new ClientCertificates(ClientAuth.NONE).customizeHttpsServer(options);
        assertThat(options.getClientAuth()).isEqualTo(ClientAuth.NONE);
    }
}
