package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.telltale.settings.CapturedLog;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecuritySwitchTest {

    @Test
    void doesNotStartUntilSomeoneDecides() {
        assertThatIllegalStateException()
                .isThrownBy(new SecuritySwitch(true, false, false)::check)
                .withMessageContaining("quarkus.oidc.auth-server-url")
                .withMessageContaining("quarkus.oidc.public-key")
                .withMessageContaining("telltale.security.api-keys")
                .withMessageContaining("telltale.security.enabled=false");
    }

    @Test
    void startsWithAnyKindOfCredential() {
        new SecuritySwitch(true, true, false).check();
        new SecuritySwitch(true, false, true).check();
    }

    @Test
    void warnsThatItIsOff() {
        try (CapturedLog log = CapturedLog.by(SecuritySwitch.class)) {
            SecuritySwitch security = new SecuritySwitch(false, true, true);
            security.check();
            assertThat(security.hasTokens()).isFalse();
            assertThat(security.hasApiKeys()).isFalse();
            assertThat(log.lines()).singleElement().asString().contains("telltale.security.enabled=false");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'',                                                                     false",
        "telltale.security.enabled=true,                                         false",
        "quarkus.oidc.public-key=a,                                              true",
        "quarkus.oidc.auth-server-url=http://i,                                  true",
        "quarkus.oidc.public-key=a quarkus.oidc.tenant-enabled=false,            false",
        "quarkus.oidc.auth-server-url=http://i telltale.security.enabled=false,  false",
        "quarkus.oidc.tenant-enabled=true telltale.security.enabled=false,       false"
    })
    void enablesTheTenantOnlyIfItIsConfiguredAndOn(String settings, boolean isEnabled) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(new OidcSource())
                .withDefaultValue("quarkus.oidc.tenant-enabled", Boolean.toString(!isEnabled));
        for (String setting : settings.isEmpty() ? new String[0] : settings.split(" ")) {
            String[] pair = setting.split("=", 2);
            builder.withSources(new PropertiesConfigSource(Map.of(pair[0], pair[1]), pair[0], 250));
        }
        SmallRyeConfig config = builder.build();
        assertThat(config.getValue("quarkus.oidc.tenant-enabled", Boolean.class))
                .isEqualTo(isEnabled);
    }
}
