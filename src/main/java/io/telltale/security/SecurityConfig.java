package io.telltale.security;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.vertx.core.http.ClientAuth;
import java.nio.file.Path;
import java.util.Optional;

/** Settings of security. Bearer tokens have the settings of Quarkus, {@code quarkus.oidc.*}. */
@ConfigMapping(prefix = "telltale.security")
public interface SecurityConfig {

    /** False switches security off. Without it, the start fails unless credentials are configured. */
    Optional<Boolean> enabled();

    /** The file of the API keys. Read again when it changes. */
    Optional<Path> apiKeys();

    /** The maximum number of requests of one caller in progress on this replica, without streams: 1 to 100,000. */
    @WithDefault("500")
    int requestsPerCaller();

    /**
     * Whether HTTPS asks for a certificate of the client: <code>none</code>, <code>request</code> (one that is
     * presented must be valid) or <code>required</code>. It does not replace a credential.
     */
    @WithDefault("none")
    ClientAuth clientCertificates();
}
