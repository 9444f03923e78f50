package io.telltale.security;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Whether requests need a credential, and which kinds are configured. Fixed at the start. */
@Singleton
public class SecuritySwitch {

    private static final Logger log = Logger.getLogger(SecuritySwitch.class);

    private static final String CHOICES = "set quarkus.oidc.auth-server-url (the issuer of bearer tokens),"
            + " quarkus.oidc.public-key (its key alone) or telltale.security.api-keys (a file of API keys)";

    private final boolean isEnabled;
    private final boolean hasTokens;
    private final boolean hasApiKeys;

    @Inject
    SecuritySwitch(SecurityConfig settings, Config config) {
        this(
                settings.enabled().orElse(true),
                isSet(config, OidcSource.ISSUER) || isSet(config, OidcSource.PUBLIC_KEY),
                settings.apiKeys().isPresent());
    }

    SecuritySwitch(boolean isEnabled, boolean hasTokens, boolean hasApiKeys) {
        this.isEnabled = isEnabled;
        this.hasTokens = hasTokens;
        this.hasApiKeys = hasApiKeys;
    }

    private static boolean isSet(Config config, String key) {
        return config.getOptionalValue(key, String.class)
                .filter(value -> !value.isBlank())
                .isPresent();
    }

    /** Stops the start while there is no decision: an open service must be a choice. */
    void check(@Observes @Priority(1) StartupEvent start) {
        check();
    }

    void check() {
        if (!isEnabled) {
            log.warn("Security is off (telltale.security.enabled=false): every client that reaches this service can "
                    + "read, write and delete everything; to switch it on, remove the setting and " + CHOICES);
        } else if (!hasTokens && !hasApiKeys) {
            throw new IllegalStateException("security is not configured: " + CHOICES
                    + "; or set telltale.security.enabled=false to run without security");
        }
    }

    /** Whether requests need a credential. */
    public boolean isEnabled() {
        return isEnabled;
    }

    /** Whether bearer tokens are accepted. */
    boolean hasTokens() {
        return isEnabled && hasTokens;
    }

    /** Whether API keys are accepted. */
    boolean hasApiKeys() {
        return isEnabled && hasApiKeys;
    }
}
