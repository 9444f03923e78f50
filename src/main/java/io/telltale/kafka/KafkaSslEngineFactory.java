package io.telltale.kafka;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.telltale.settings.ClientTls;
import java.security.KeyStore;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS to Kafka by the configuration that {@code kafka.tls-configuration-name} names. Kafka's clients create an instance
 * each, by reflection.
 */
@RegisterForReflection
public final class KafkaSslEngineFactory implements SslEngineFactory {

    /** The name of the TLS configuration, in the settings of a client. */
    static final String NAME_KEY = "telltale.tls.configuration.name";

    private @Nullable ClientTls tls;

    @Override
    public void configure(Map<String, ?> settings) {
        // TopicAdmin reports why Kafka is refused, also where kafka.ssl.* is set instead.
        tls = ClientTls.named(
                "kafka.tls-configuration-name", String.valueOf(settings.get(NAME_KEY)), (server, reason) -> {});
    }

    /** The verification is Kafka's own setting, {@code ssl.endpoint.identification.algorithm}. */
    @Override
    public SSLEngine createClientSslEngine(String peerHost, int peerPort, String endpointIdentification) {
        return Objects.requireNonNull(tls, "not configured")
                .engine(peerHost, peerPort, endpointIdentification == null ? "" : endpointIdentification);
    }

    @Override
    public SSLEngine createServerSslEngine(String peerHost, int peerPort) {
        throw new UnsupportedOperationException("Telltale is a client of Kafka");
    }

    /** Engines follow the certificates by themselves. */
    @Override
    public boolean shouldBeRebuilt(Map<String, Object> nextSettings) {
        return false;
    }

    @Override
    public Set<String> reconfigurableConfigs() {
        return Set.of();
    }

    /** Only asked of servers. */
    @Override
    public @Nullable KeyStore keystore() {
        return null;
    }

    /** Only asked of servers. */
    @Override
    public @Nullable KeyStore truststore() {
        return null;
    }

    @Override
    public void close() {
        tls = null;
    }
}
