package io.telltale.settings;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.runtime.config.TlsConfig;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.ext.web.Router;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.Config;

/**
 * Stops the startup if a setting names a TLS configuration that does not exist. Otherwise each client of Kafka would
 * fail with a stack trace of its own.
 */
@Singleton
class TlsNames {

    static final List<String> SETTINGS = List.of(
            "quarkus.http.tls-configuration-name",
            "kafka.tls-configuration-name",
            "telltale.storage.tls-configuration-name");

    /** Those that Quarkus makes itself. */
    private static final Set<String> BUILT_IN =
            Set.of(TlsConfig.DEFAULT_NAME, TlsConfig.JAVA_NET_SSL_TLS_CONFIGURATION_NAME);

    /** Before the first routes, whose beans open connections: they would report that the start ended them. */
    void check(@Observes @Priority(1) Router router, Config config) {
        check(config);
    }

    static void check(Config config) {
        Set<String> names = new TreeSet<>(config.unwrap(SmallRyeConfig.class)
                .getConfigMapping(TlsConfig.class)
                .namedCertificateConfig()
                .keySet());
        for (String setting : SETTINGS) {
            config.getOptionalValue(setting, String.class)
                    .filter(name -> !names.contains(name) && !BUILT_IN.contains(name))
                    .ifPresent(name -> {
                        // Quarkus logs the message of this exception alone.
                        throw new ConfigurationException(message(setting, name, names));
                    });
        }
    }

    static String message(String setting, String name, Set<String> names) {
        return "%s is '%s', and there is no TLS configuration of this name; expected %s"
                .formatted(
                        setting,
                        name,
                        names.isEmpty()
                                ? "settings such as quarkus.tls.%s.trust-store.pem.certs".formatted(name)
                                : "one of " + String.join(", ", names));
    }
}
