package io.telltale.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.quarkus.oidc.runtime.OidcConfig;
import io.quarkus.oidc.runtime.OidcTenantConfig;
import io.smallrye.config.SmallRyeConfig;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Caches the callers of bearer tokens that were verified at most a minute ago: a signature costs more than most
 * requests. So a key that the issuer withdraws counts for a minute more; the end of a token is checked each time. It
 * has hashes of tokens, not tokens. Thread-safe.
 */
@Singleton
class VerifiedTokens {

    private static final Duration AGE = Duration.ofMinutes(1);

    /** Some 500 bytes each, without large scopes. */
    private static final int MAX_TOKENS = 10_000;

    private final Clock clock;
    private final boolean isEnabled;
    private final Cache<ByteBuffer, Caller> callers;

    @Inject
    VerifiedTokens(Clock clock, Config config) {
        this(
                clock,
                Ticker.systemTicker(),
                isTokenEnough(config.unwrap(SmallRyeConfig.class).getConfigMapping(OidcConfig.class)));
    }

    /** @param ticker of the age, which the wall clock would stretch when it is set back */
    VerifiedTokens(Clock clock, Ticker ticker, boolean isEnabled) {
        this.clock = clock;
        this.isEnabled = isEnabled;
        this.callers = Caffeine.newBuilder()
                .maximumSize(MAX_TOKENS)
                .expireAfterWrite(AGE)
                .ticker(ticker)
                .build();
    }

    /**
     * Whether the text behind {@code Bearer} decides alone. Otherwise Quarkus looks at the path, if there are several
     * tenants, at the client's certificate, or at another header.
     */
    static boolean isTokenEnough(OidcConfig config) {
        OidcTenantConfig.Token token = OidcConfig.getDefaultTenant(config).token();
        return Set.of(OidcConfig.DEFAULT_TENANT_KEY)
                        .containsAll(config.namedTenants().keySet())
                && !token.binding().certificate()
                && token.header().isEmpty()
                && token.authorizationScheme().equalsIgnoreCase(Credentials.BEARER);
    }

    /** The caller with a token; null if it has to be verified. */
    @Nullable
    Caller find(@Nullable String token) {
        if (token == null || !isEnabled) {
            return null;
        }
        Caller caller = callers.getIfPresent(hash(token));
        return caller == null || caller.endMillis() <= clock.millis() ? null : caller;
    }

    /** Caches the caller with a verified token. Has no effect for other credentials. */
    void put(@Nullable String token, Caller caller) {
        if (token != null && isEnabled && caller.kind() == Caller.Kind.TOKEN) {
            callers.put(hash(token), caller);
        }
    }

    private static ByteBuffer hash(String token) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
