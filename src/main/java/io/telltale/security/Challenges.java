package io.telltale.security;

import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;

/** The challenges of a 401: the kinds of credentials that are configured. */
final class Challenges {

    private static final String REALM = " realm=\"telltale\"";

    private final boolean hasTokens;
    private final boolean hasApiKeys;

    Challenges(boolean hasTokens, boolean hasApiKeys) {
        this.hasTokens = hasTokens;
        this.hasApiKeys = hasApiKeys;
    }

    /**
     * The values of {@code WWW-Authenticate}. Basic only for a client that uses it: a browser would otherwise open a
     * dialog over the page whose script sent the request.
     */
    List<String> of(HttpServerRequest request) {
        List<String> challenges = new ArrayList<>();
        if (hasTokens) {
            boolean isRefused = Credentials.hasScheme(request, Credentials.BEARER);
            challenges.add(Credentials.BEARER + REALM + (isRefused ? ", error=\"invalid_token\"" : ""));
        }
        if (hasApiKeys) {
            challenges.add(Credentials.API_KEY + REALM);
            if (Credentials.hasScheme(request, Credentials.BASIC)) {
                challenges.add(Credentials.BASIC + REALM + ", charset=\"UTF-8\"");
            }
        }
        return challenges;
    }

    /** What a request needs, for messages. */
    String expected() {
        String token = "header Authorization: Bearer with a JWT";
        String key = "header Authorization: ApiKey or X-Api-Key with an API key";
        return hasTokens && hasApiKeys ? token + ", or " + key : hasTokens ? token : key;
    }
}
