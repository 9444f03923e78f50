package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.runtime.config.TlsConfig;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsNamesTest {

    private static SmallRyeConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(TlsConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kafka.tls-configuration-name",
                "telltale.storage.tls-configuration-name",
                "quarkus.http.tls-configuration-name"
            })
    void namesTheSettingTheValueAndTheConfigurations(String setting) {
        SmallRyeConfig misspelled = config(Map.of(
                setting, "kafak", "quarkus.tls.kafka.reload-period", "1m", "quarkus.tls.https.reload-period", "1m"));
        assertThatThrownBy(() -> TlsNames.check(misspelled))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(setting + " is 'kafak', and there is no TLS configuration of this name;"
                        + " expected one of https, kafka");
    }

    @Test
    void saysHowToMakeAConfigurationWhereThereIsNone() {
        assertThatThrownBy(() -> TlsNames.check(config(Map.of("kafka.tls-configuration-name", "kafka"))))
                .hasMessageEndingWith("expected settings such as quarkus.tls.kafka.trust-store.pem.certs");
    }

    @Test
    void acceptsNamesThatExistAndNone() {
        assertThatCode(() -> {
                    TlsNames.check(config(Map.of()));
                    TlsNames.check(config(
                            Map.of("kafka.tls-configuration-name", "kafka", "quarkus.tls.kafka.reload-period", "1m")));
                    TlsNames.check(config(Map.of("kafka.tls-configuration-name", TlsConfig.DEFAULT_NAME)));
                })
                .doesNotThrowAnyException();
    }
}
