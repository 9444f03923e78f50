package io.telltale.kafka;

import io.telltale.settings.RootCause;
import org.apache.kafka.common.errors.SaslAuthenticationException;

/** Says in one line why there is no connection to Kafka although its brokers answer, and which settings to check. */
final class RefusedConnection {

    private RefusedConnection() {}

    /** @param address what the service was told to connect to */
    static String describe(String address, Throwable failure) {
        return failure instanceof SaslAuthenticationException
                ? "Kafka at %s refuses the credentials; check kafka.sasl.mechanism and kafka.sasl.jaas.config: %s"
                        .formatted(address, failure.getMessage())
                : ("Kafka at %s: TLS fails; check its certificate, kafka.security.protocol and the TLS configuration "
                                + "that kafka.tls-configuration-name names: %s")
                        .formatted(
                                address, RootCause.describe(failure.getCause() == null ? failure : failure.getCause()));
    }
}
