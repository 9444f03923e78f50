package io.telltale.settings;

import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.quarkus.tls.runtime.keystores.ExpiryTrustOptions;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import jakarta.enterprise.inject.spi.CDI;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Opens TLS connections to servers by a configuration of the TLS registry, {@code quarkus.tls.NAME.*}. Each new
 * connection uses the certificates of the latest reload, so renewed certificates need no restart. Thread-safe.
 */
public final class ClientTls {

    private static final String HTTPS = "HTTPS";
    private static final String NONE = "NONE";

    private final TlsConfiguration configuration;
    private final Vertx vertx;
    private final RefusedCertificate refused;

    // Guarded by this. A reload replaces the options, also if no file has changed.
    private @Nullable SSLContext context;
    private @Nullable TrustOptions trust;
    private @Nullable KeyCertOptions keys;

    ClientTls(TlsConfiguration configuration, Vertx vertx, RefusedCertificate refused) {
        this.configuration = configuration;
        this.vertx = vertx;
        this.refused = refused;
    }

    /**
     * Finds a configuration in the registry.
     *
     * @param setting the setting that names it, for the message; {@link TlsNames} has checked it
     * @param refused called for each certificate of a server that is refused, on any thread
     * @throws IllegalArgumentException if there is none of this name
     */
    public static ClientTls named(String setting, String name, RefusedCertificate refused) {
        TlsConfiguration found = CDI.current()
                .select(TlsConfigurationRegistry.class)
                .get()
                .get(name)
                .orElseThrow(
                        () -> new IllegalArgumentException(TlsNames.message(setting, name, Collections.emptySet())));
        return new ClientTls(found, CDI.current().select(Vertx.class).get(), refused);
    }

    /**
     * How the host name of a certificate is verified, unless the protocol has its own setting; empty for not at all.
     */
    public String verification() {
        Optional<String> algorithm = configuration.getHostnameVerificationAlgorithm();
        return algorithm.filter(NONE::equalsIgnoreCase).isPresent() ? "" : algorithm.orElse(HTTPS);
    }

    /**
     * Returns an engine for one connection.
     *
     * @param host what the certificate of the server must name
     * @param verification {@link #verification} or another algorithm; empty for none
     * @throws IllegalStateException if the certificates cannot be used
     */
    public SSLEngine engine(String host, int port, String verification) {
        SSLEngine engine = latestContext().createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm(verification);
        Set<String> protocols = configuration.getSSLOptions().getEnabledSecureTransportProtocols();
        parameters.setProtocols(protocols.toArray(String[]::new));
        Set<String> cipherSuites = configuration.getSSLOptions().getEnabledCipherSuites();
        if (!cipherSuites.isEmpty()) {
            parameters.setCipherSuites(cipherSuites.toArray(String[]::new));
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private synchronized SSLContext latestContext() {
        TrustOptions latestTrust = configuration.getTrustStoreOptions();
        KeyCertOptions latestKeys = configuration.getKeyStoreOptions();
        SSLContext known = context;
        if (known != null && latestTrust == trust && latestKeys == keys) {
            return known;
        }
        SSLContext created = create(latestTrust, latestKeys);
        context = created;
        trust = latestTrust;
        keys = latestKeys;
        return created;
    }

    /** As the registry does it, but with trust managers that report what they refuse. */
    private SSLContext create(@Nullable TrustOptions trustOptions, @Nullable KeyCertOptions keyOptions) {
        try {
            SSLContext created = SSLContext.getInstance("TLS");
            created.init(
                    keyOptions == null
                            ? null
                            : keyOptions.getKeyManagerFactory(vertx).getKeyManagers(),
                    trustManagers(trustOptions),
                    null);
            return created;
        } catch (Exception e) {
            throw new IllegalStateException(
                    "the certificates of TLS configuration %s cannot be used: %s".formatted(configuration.getName(), e),
                    e);
        }
    }

    /**
     * Without a trust store, the authorities of the JVM. Unless the expiry policy is {@code ignore}, the registry wraps
     * the trust store. The wrapper's managers do not see the connection, so they cannot report the server, and with
     * {@code warn} they log a stack trace for each connection. So the dates are checked here instead.
     */
    private TrustManager[] trustManagers(@Nullable TrustOptions options) throws Exception {
        if (options instanceof ExpiryTrustOptions expiry) {
            return reporting(expiry.unwrap().getTrustManagerFactory(vertx), true);
        }
        if (options != null) {
            return reporting(options.getTrustManagerFactory(vertx), false);
        }
        TrustManagerFactory ofTheJvm = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        ofTheJvm.init((KeyStore) null);
        return reporting(ofTheJvm, true);
    }

    private TrustManager[] reporting(TrustManagerFactory factory, boolean checksDates) {
        return Arrays.stream(factory.getTrustManagers())
                .map(manager -> manager instanceof X509ExtendedTrustManager extended
                        ? new ReportingTrustManager(extended, checksDates, refused)
                        : manager)
                .toArray(TrustManager[]::new);
    }
}
