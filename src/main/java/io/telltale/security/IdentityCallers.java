package io.telltale.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.security.identity.SecurityIdentity;
import io.telltale.sensors.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.jwt.JsonWebToken;

/** Turns an authenticated identity into a caller. */
final class IdentityCallers {

    /** The claim of a token. */
    static final String SCOPE = "telltale_scope";

    /** The attribute of an identity that has the entry of an API key. */
    static final String API_KEY = "telltale_api_key";

    private static final ObjectMapper JSON = new ObjectMapper();

    private IdentityCallers() {}

    /**
     * The caller with an identity.
     *
     * @throws IllegalArgumentException if its scope is not understood, so it might be a restriction
     */
    static Caller of(SecurityIdentity identity) {
        ApiKey key = identity.getAttribute(API_KEY);
        if (key != null) {
            return Caller.ofKey(key);
        }
        if (!(identity.getPrincipal() instanceof JsonWebToken token)) {
            throw new IllegalArgumentException("the bearer token has no claims; expected a JWT");
        }
        Set<Role> roles = EnumSet.noneOf(Role.class);
        identity.getRoles().forEach(name -> Role.named(name).ifPresent(roles::add));
        Scope scope = ScopeJson.parse(claims(token.getRawToken()).get(SCOPE), "claim " + SCOPE);
        String name = token.getName() == null ? "" : token.getName();
        return Caller.ofToken(name, roles, scope, TimeUnit.SECONDS.toMillis(token.getExpirationTime()));
    }

    /** The claims of a token whose signature was verified. */
    private static JsonNode claims(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("the bearer token is not readable; expected a signed JWT");
        }
        try {
            return JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the bearer token is not readable; expected a signed JWT", e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }
}
