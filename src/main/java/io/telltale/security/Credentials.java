package io.telltale.security;

import io.quarkus.security.AuthenticationFailedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jspecify.annotations.Nullable;

/** The credentials in the headers of a request. */
final class Credentials {

    static final String BEARER = "Bearer";
    static final String API_KEY = "ApiKey";
    static final String BASIC = "Basic";

    private static final String API_KEY_HEADER = "X-Api-Key";

    private Credentials() {}

    /** Whether a request has any credential. */
    static boolean isAny(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.AUTHORIZATION)
                || request.headers().contains(API_KEY_HEADER);
    }

    /** Whether a request has several credentials, so that it is unclear who sent it. */
    static boolean areSeveral(HttpServerRequest request) {
        return values(request, HttpHeaders.AUTHORIZATION).size()
                        + values(request, API_KEY_HEADER).size()
                > 1;
    }

    private static List<String> values(HttpServerRequest request, CharSequence header) {
        return request.headers().getAll(header);
    }

    /** Whether header {@code Authorization} has a scheme; schemes ignore case. */
    static boolean hasScheme(HttpServerRequest request, String scheme) {
        return parameters(request, scheme) != null;
    }

    private static @Nullable String parameters(HttpServerRequest request, String scheme) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        return header != null
                        && header.length() > scheme.length()
                        && header.charAt(scheme.length()) == ' '
                        && header.regionMatches(true, 0, scheme, 0, scheme.length())
                ? header.substring(scheme.length() + 1).strip()
                : null;
    }

    /** The bearer token of a request; null without one. */
    static @Nullable String bearerToken(HttpServerRequest request) {
        return parameters(request, BEARER);
    }

    /**
     * The API key of a request, from any of the three places; null without one.
     *
     * @throws AuthenticationFailedException if header {@code Authorization} is malformed
     */
    static @Nullable String apiKey(HttpServerRequest request) {
        String header = request.getHeader(API_KEY_HEADER);
        if (header != null) {
            return header.strip();
        }
        String key = parameters(request, API_KEY);
        if (key != null) {
            return key;
        }
        String basic = parameters(request, BASIC);
        return basic == null ? null : password(basic);
    }

    /** The password of Basic authentication; the user may be anything. */
    private static String password(String encoded) {
        try {
            String decoded = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = decoded.indexOf(':');
            if (colon >= 0) {
                return decoded.substring(colon + 1);
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw refusedKey(
                "header Authorization is malformed; expected Basic with base64 of any user, a colon and an API key");
    }

    /** Why authentication failed, without anything of the credential. */
    static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RefusedKeyException) {
                return String.valueOf(cause.getMessage());
            }
            if (cause instanceof InvalidJwtException jwt && jwt.hasExpired()) {
                return "the bearer token has expired; expected a new one";
            }
        }
        return "the bearer token is not valid;"
                + " expected an unexpired JWT, signed by the configured issuer for this audience";
    }

    /**
     * An API key that is not accepted.
     *
     * @param message for the client
     */
    static AuthenticationFailedException refusedKey(String message) {
        return new AuthenticationFailedException(new RefusedKeyException(message));
    }

    private static final class RefusedKeyException extends RuntimeException {
        private static final long serialVersionUID = 1;

        RefusedKeyException(String message) {
            // No stack trace: the client's error, not a bug.
            super(message, null, false, false);
        }
    }
}
