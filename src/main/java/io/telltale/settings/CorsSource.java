package io.telltale.settings;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Enables CORS if its origins are set, so that one setting opens it. {@code quarkus.http.cors.enabled} overrides that.
 * Listed in {@code META-INF/services}.
 */
public final class CorsSource implements ConfigSourceFactory {

    private static final String ORIGINS = "quarkus.http.cors.origins";
    private static final String ENABLED = "quarkus.http.cors.enabled";

    /** Below application.properties. */
    private static final int ORDINAL = 50;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        ConfigValue origins = context.getValue(ORIGINS);
        return origins == null
                        || origins.getValue() == null
                        || origins.getValue().isBlank()
                ? List.of()
                : List.of(new PropertiesConfigSource(Map.of(ENABLED, "true"), "CORS origins", ORDINAL));
    }
}
