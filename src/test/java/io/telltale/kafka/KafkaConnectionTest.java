package io.telltale.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import javax.net.ssl.SSLHandshakeException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class KafkaConnectionTest {

    @Test
    void aTlsConfigurationHasAnEngineThatFollowsReloads() {
        assertThat(KafkaConnection.withReloadedTls(new HashMap<>(Map.of(
                        "bootstrap.servers",
                        "kafka:9093",
                        "tls-configuration-name",
                        "kafka",
                        "ssl.engine.factory.class",
                        "io.quarkus.kafka.client.tls.QuarkusKafkaSslEngineFactory"))))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "bootstrap.servers",
                        "kafka:9093",
                        "telltale.tls.configuration.name",
                        "kafka",
                        "ssl.engine.factory.class",
                        KafkaSslEngineFactory.class.getName()));
    }

    @Test
    void settingsOfKafkaItselfStay() {
        Map<String, Object> settings = Map.of("security.protocol", "SSL", "ssl.truststore.location", "/ca.crt");

        assertThat(KafkaConnection.withReloadedTls(new HashMap<>(settings))).isEqualTo(settings);
    }

    @Test
    void refusedTlsNamesTheReasonInOneLine() {
        SSLHandshakeException handshake = new SSLHandshakeException("PKIX path building failed");
        handshake.initCause(new ConfigException("unable to find valid certification path"));

        assertThat(RefusedConnection.describe("kafka:9093", new SslAuthenticationException("failed", handshake)))
                .isEqualTo("Kafka at kafka:9093: TLS fails; check its certificate, kafka.security.protocol and the TLS"
                        + " configuration that kafka.tls-configuration-name names: PKIX path building failed"
                        + " (unable to find valid certification path)");
    }

    @Test
    void linesOfEachClientAboutARefusalAreDropped() {
        RepeatedRefusals filter = new RepeatedRefusals();
        LogRecord line = new LogRecord(
                Level.SEVERE, "[Producer clientId=a] Connection to node -1 failed authentication due to: bad password");
        line.setLoggerName("org.apache.kafka.clients.NetworkClient");
        assertThat(filter.isLoggable(line)).isFalse();
        line.setLoggerName("io.telltale.kafka.TopicAdmin");
        assertThat(filter.isLoggable(line)).isTrue();

        LogRecord outage = new LogRecord(Level.WARNING, "Connection to node -1 could not be established.");
        outage.setLoggerName("org.apache.kafka.clients.NetworkClient");
        assertThat(filter.isLoggable(outage)).isTrue();
        outage.setThrown(new SaslAuthenticationException("invalid credentials"));
        assertThat(filter.isLoggable(outage)).isFalse();
    }

    @Test
    void repeatedPollsOfARefusedConsumerAreDropped() {
        RepeatedRefusals filter = new RepeatedRefusals();
        LogRecord line = new LogRecord(
                Level.WARNING,
                "SRMSG18285: Failed to poll consumer client `%s` for channel `%s`, it will be re-attempted");
        line.setLoggerName("io.smallrye.reactive.messaging.kafka");
        line.setThrown(new CompletionException(new SslAuthenticationException("SSL handshake failed")));
        assertThat(filter.isLoggable(line)).isFalse();
        line.setThrown(new SaslAuthenticationException("invalid credentials"));
        assertThat(filter.isLoggable(line)).isFalse();

        line.setThrown(new TopicAuthorizationException("sensors.power"));
        assertThat(filter.isLoggable(line)).isTrue();
        line.setThrown(null);
        assertThat(filter.isLoggable(line)).isTrue();
        line.setThrown(new SaslAuthenticationException("invalid credentials"));
        line.setMessage("SRMSG18206: Unable to write to Kafka");
        assertThat(filter.isLoggable(line)).isTrue();
    }

    @Test
    void refusedCredentialsNameTheSettings() {
        assertThat(RefusedConnection.describe("kafka:9093", new SaslAuthenticationException("invalid credentials")))
                .startsWith("Kafka at kafka:9093 refuses the credentials; check ")
                .contains("kafka.sasl.jaas.config: invalid credentials");
    }
}
