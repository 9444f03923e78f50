package io.telltale.security;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Enables the tenant of OIDC if security is on and an issuer or a key is set; otherwise Quarkus would require an
 * issuer. Listed in {@code META-INF/services}.
 */
public final class OidcSource implements ConfigSourceFactory {

    static final String ISSUER = "quarkus.oidc.auth-server-url";
    static final String PUBLIC_KEY = "quarkus.oidc.public-key";
    static final String ENABLED = "telltale.security.enabled";

    private static final String TENANT_ENABLED = "quarkus.oidc.tenant-enabled";

    /** Above everything: an issuer that is set for later use is not asked while security is off. */
    private static final int FORCED = Integer.MAX_VALUE;

    /** Below application.properties, above what Quarkus records at build time. */
    private static final int DEFAULT = 50;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        boolean isOff = "false".equalsIgnoreCase(value(context, ENABLED));
        boolean isConfigured =
                !value(context, ISSUER).isEmpty() || !value(context, PUBLIC_KEY).isEmpty();
        boolean isEnabled = !isOff && isConfigured;
        return List.of(new PropertiesConfigSource(
                Map.of(TENANT_ENABLED, Boolean.toString(isEnabled)), "OIDC tenant", isEnabled ? DEFAULT : FORCED));
    }

    private static String value(ConfigSourceContext context, String key) {
        ConfigValue value = context.getValue(key);
        return value == null || value.getValue() == null ? "" : value.getValue().strip();
    }
}
