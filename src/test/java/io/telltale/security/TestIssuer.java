package io.telltale.security;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.telltale.local.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** An issuer of bearer tokens that can be switched off and on at its address, and that can replace its key. */
final class TestIssuer implements AutoCloseable {

    private static final String AUDIENCE = "telltale";
    private static final int KEY_BITS = 2_048;
    private static final int MINUTES_VALID = 10;

    private final int port = FreePorts.next();
    private volatile RsaJsonWebKey key;
    private @Nullable HttpServer server;
    private int keys;

    TestIssuer() throws JoseException {
        key = newKey();
    }

    /** The value of {@code quarkus.oidc.auth-server-url}. */
    String url() {
        return "http://127.0.0.1:" + port;
    }

    void switchOn() throws IOException {
        HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        started.createContext("/.well-known/openid-configuration", this::sendConfiguration);
        started.createContext("/keys", this::sendKeys);
        started.start();
        server = started;
    }

    void switchOff() {
        if (server != null) {
            server.stop(0);
            server = null;
        }
    }

    @Override
    public void close() {
        switchOff();
    }

    /** Replaces the key: the issuer no longer names the one before. */
    void replaceKey() throws JoseException {
        key = newKey();
    }

    private RsaJsonWebKey newKey() throws JoseException {
        RsaJsonWebKey made = RsaJwkGenerator.generateJwk(KEY_BITS);
        made.setKeyId("key-" + ++keys);
        made.setUse("sig");
        made.setAlgorithm(AlgorithmIdentifiers.RSA_USING_SHA256);
        return made;
    }

    /** A token by the current key. */
    String token(String... roles) throws JoseException {
        return signed(key, roles);
    }

    /** A token by a key that the issuer never names. */
    String tokenOfAnUnknownKey(String... roles) throws JoseException {
        return signed(newKey(), roles);
    }

    private String signed(RsaJsonWebKey by, String... roles) throws JoseException {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(url());
        claims.setAudience(AUDIENCE);
        claims.setSubject("test");
        claims.setIssuedAtToNow();
        claims.setExpirationTimeMinutesInTheFuture(MINUTES_VALID);
        claims.setStringListClaim("groups", List.of(roles));
        JsonWebSignature token = new JsonWebSignature();
        token.setPayload(claims.toJson());
        token.setKeyIdHeaderValue(by.getKeyId());
        token.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
        token.setKey(by.getPrivateKey());
        return token.getCompactSerialization();
    }

    private void sendConfiguration(HttpExchange request) throws IOException {
        send(
                request,
                "{\"issuer\":\"%1$s\",\"jwks_uri\":\"%1$s/keys\",\"token_endpoint\":\"%1$s/token\"}".formatted(url()));
    }

    private void sendKeys(HttpExchange request) throws IOException {
        send(request, new JsonWebKeySet(key).toJson());
    }

    private static void send(HttpExchange request, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        try (request) {
            request.getResponseHeaders().set("Content-Type", "application/json");
            request.sendResponseHeaders(200, body.length);
            request.getResponseBody().write(body);
        }
    }
}
