package io.telltale.local;

import io.telltale.security.TestCredentials;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/**
 * What {@code mvn -Plocal -Dsecure} and {@code mvn -Pbench} generate at each start: keys, certificates and passwords of
 * the servers, the certificate of HTTPS, the key of tokens, and an API key.
 *
 * @param stack of the servers
 * @param directory of its files
 * @param readerToken a bearer token with the role {@code reader}
 * @param writerKey an API key with the role {@code writer}
 * @param adminToken a bearer token with the role {@code admin}
 */
public record LaunchSecurity(
        StackSecurity stack, Path directory, String readerToken, String writerKey, String adminToken) {

    private static final Duration TOKEN_VALIDITY = Duration.ofDays(7);

    static LaunchSecurity in(Path directory) {
        Path files = directory.resolve("security");
        return of(StackSecurity.in(files), files);
    }

    /** New credentials of the service, for servers with that security. */
    public static LaunchSecurity of(StackSecurity stack, Path directory) {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        return new LaunchSecurity(
                stack,
                directory,
                token("reader"),
                "tt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random),
                token("admin"));
    }

    private static String token(String role) {
        Map<String, Object> claims = TestCredentials.claims(role);
        claims.put("sub", "local-" + role);
        claims.put("exp", System.currentTimeMillis() / 1_000 + TOKEN_VALIDITY.toSeconds());
        return TestCredentials.signed(claims);
    }

    /** The settings of a service with HTTPS only, credentials, and encrypted connections. */
    public ServiceSettings secure(ServiceSettings settings, int httpsPort) {
        return withCredentials(settings, httpsPort).withAll(stack.serviceSettings());
    }

    /** The same without encrypted connections to Kafka and Cassandra. */
    public ServiceSettings withCredentials(ServiceSettings settings, int httpsPort) {
        Path certificate = directory.resolve("https.crt");
        Path key = directory.resolve("https.key");
        stack.authority().issue("telltale").writeTo(certificate, key);
        Path apiKeys = IssuedCertificate.write(
                directory.resolve("api-keys.json"),
                TestCredentials.file(TestCredentials.entry("local-writer", writerKey, "writer")));
        return settings.secured()
                .withHttpsOnly(httpsPort, certificate, key)
                .with("telltale.security.api-keys", apiKeys.toString())
                .with("quarkus.oidc.public-key", TestCredentials.publicKey())
                .with("quarkus.oidc.token.issuer", TestCredentials.ISSUER)
                .with("quarkus.oidc.token.audience", TestCredentials.AUDIENCE);
    }
}
