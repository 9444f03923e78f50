package io.telltale.security;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** Asks clients of HTTPS for certificates. Quarkus has a setting for it, but fixes it when the service is built. */
@Singleton
class ClientCertificates implements HttpServerOptionsCustomizer {

    private final ClientAuth demand;

    @Inject
    ClientCertificates(SecurityConfig config) {
        this(config.clientCertificates());
    }

    ClientCertificates(ClientAuth demand) {
        this.demand = demand;
    }

    /** @throws IllegalStateException if nothing says which certificates are valid */
    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        if (demand != ClientAuth.NONE && options.getTrustOptions() == null) {
            throw new IllegalStateException(
                    "telltale.security.client-certificates needs the authority of the clients in"
                            + " the TLS configuration of HTTPS; set quarkus.tls.NAME.trust-store.pem.certs");
        }
        options.setClientAuth(demand);
    }
}
