package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.oidc.runtime.OidcConfig;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.telltale.sensors.Scope;
import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifiedTokensTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private final ManualClock clock = new ManualClock(NOW);
    private final AtomicLong nanoTime = new AtomicLong();
    private final VerifiedTokens tokens = new VerifiedTokens(clock, nanoTime::get, true);

    private static Caller callerUntil(Instant end) {
        return Caller.ofToken("alice", Set.of(Role.READER), Scope.EVERYTHING, end.toEpochMilli());
    }

    @Test
    void findsTheCallerOfTheSameTokenOnly() {
        Caller alice = callerUntil(NOW.plusSeconds(600));
        tokens.put("a.b.c", alice);
        assertThat(tokens.find("a.b.c")).isSameAs(alice);
        assertThat(tokens.find("a.b.d")).isNull();
        assertThat(tokens.find(null)).isNull();
    }

    @Test
    void verifiesATokenAgainAfterAMinute() {
        tokens.put("a.b.c", callerUntil(NOW.plusSeconds(600)));
        // A wall clock that is set back gives it no more time.
        clock.move(Duration.ofHours(-1));
        nanoTime.addAndGet(Duration.ofSeconds(59).toNanos());
        assertThat(tokens.find("a.b.c")).isNotNull();
        nanoTime.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(tokens.find("a.b.c")).isNull();
    }

    @Test
    void endsWithTheToken() {
        tokens.put("a.b.c", callerUntil(NOW.plusSeconds(10)));
        clock.move(Duration.ofMillis(9_999));
        assertThat(tokens.find("a.b.c")).isNotNull();
        clock.move(Duration.ofMillis(1));
        assertThat(tokens.find("a.b.c")).isNull();
    }

    @Test
    void cachesNoOtherCredentials() {
        tokens.put("a.b.c", Caller.ANYONE);
        tokens.put(null, callerUntil(NOW.plusSeconds(600)));
        assertThat(tokens.find("a.b.c")).isNull();
        assertThat(tokens.find(null)).isNull();
    }

    @Test
    void cachesNothingWhereATokenIsNotEnough() {
        VerifiedTokens disabled = new VerifiedTokens(clock, nanoTime::get, false);
        disabled.put("a.b.c", callerUntil(NOW.plusSeconds(600)));
        assertThat(disabled.find("a.b.c")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "quarkus.oidc.token.audience,telltale,true",
        "quarkus.oidc.other.token.audience,telltale,false",
        "quarkus.oidc.token.binding.certificate,true,false",
        "quarkus.oidc.token.header,X-Token,false",
        "quarkus.oidc.token.authorization-scheme,DPoP,false"
    })
    void settingsDecideWhetherATokenIsEnough(String key, String value, boolean isEnough) {
        OidcConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(OidcConfig.class)
                .withSources(new PropertiesConfigSource(
                        Map.of(key, value, "quarkus.oidc.auth-server-url", "https://issuer.example"), "test", 100))
                .build()
                .getConfigMapping(OidcConfig.class);
        assertThat(VerifiedTokens.isTokenEnough(config)).isEqualTo(isEnough);
    }
}
