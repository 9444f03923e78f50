package io.telltale.security;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates requests with an API key: in {@code Authorization}, in {@code X-Api-Key}, or as the password of Basic.
 */
@Singleton
class ApiKeyMechanism implements HttpAuthenticationMechanism {

    private final SecuritySwitch security;
    private final ApiKeys keys;
    private final Clock clock;

    @Inject
    ApiKeyMechanism(SecuritySwitch security, ApiKeys keys, Clock clock) {
        this.security = security;
        this.keys = keys;
        this.clock = clock;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext request, IdentityProviderManager providers) {
        return Uni.createFrom().item(() -> identity(request));
    }

    private @Nullable SecurityIdentity identity(RoutingContext request) {
        String presented = security.hasApiKeys() ? Credentials.apiKey(request.request()) : null;
        if (presented == null) {
            return null;
        }
        ApiKey key = keys.ring().find(presented);
        if (key == null) {
            throw Credentials.refusedKey("the API key is not known; expected one of telltale.security.api-keys");
        }
        if (key.isExpiredAt(clock.millis())) {
            throw Credentials.refusedKey("the API key has expired; expected a new one");
        }
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(key.name()))
                .addRoles(key.roles().stream().map(Role::roleName).collect(Collectors.toSet()))
                .addAttribute(IdentityCallers.API_KEY, key)
                .build();
    }

    /** None: {@link Challenges} has those of all mechanisms. */
    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext request) {
        return Uni.createFrom().nullItem();
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return Set.of();
    }

    /** Before that of bearer tokens. */
    @Override
    public int getPriority() {
        return 2 * HttpAuthenticationMechanism.DEFAULT_PRIORITY;
    }
}
