package io.telltale.security;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telltale.sealing.TestKeyset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Signs tokens and writes key files for tests, with a key pair that is made once for each JVM. */
public final class TestCredentials {

    public static final String ISSUER = "https://issuer.example";
    public static final String AUDIENCE = "telltale";

    /** System properties, because a test and its profile are loaded by different class loaders. */
    private static final String PRIVATE = "test.credentials.private-key";

    private static final String PUBLIC = "test.credentials.public-key";
    private static final String FILE = "test.credentials.api-keys";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<List<String>, String> TOKENS = new ConcurrentHashMap<>();

    private TestCredentials() {}

    private static synchronized String property(String name) {
        if (System.getProperty(PRIVATE) == null) {
            KeyPair pair = newPair();
            System.setProperty(PRIVATE, base64(pair.getPrivate().getEncoded()));
            System.setProperty(PUBLIC, base64(pair.getPublic().getEncoded()));
            try {
                System.setProperty(
                        FILE,
                        Files.createTempDirectory("api-keys")
                                .resolve("keys.json")
                                .toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return System.getProperty(name);
    }

    private static KeyPair newPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The value of {@code quarkus.oidc.public-key}. */
    public static String publicKey() {
        return property(PUBLIC);
    }

    /** The file of {@code telltale.security.api-keys}. */
    static Path keyFile() {
        return Path.of(property(FILE));
    }

    /** The claims of a valid token. */
    public static Map<String, Object> claims(String... roles) {
        long now = System.currentTimeMillis() / 1_000;
        return new TreeMap<>(Map.of(
                "iss",
                ISSUER,
                "aud",
                AUDIENCE,
                "sub",
                "test",
                "iat",
                now,
                "exp",
                now + 3_600,
                "groups",
                List.of(roles)));
    }

    /** A token that the service accepts. Signed once for each set of roles: a signature takes milliseconds. */
    static String token(String... roles) {
        return TOKENS.computeIfAbsent(List.of(roles), any -> signed(claims(roles)));
    }

    /** A token with a scope, as JSON. Signed once for each scope and set of roles. */
    static String scoped(String scope, String... roles) {
        List<String> parts = Stream.concat(Stream.of(scope), Stream.of(roles)).toList();
        return TOKENS.computeIfAbsent(parts, any -> signedWithScope(scope, roles));
    }

    private static String signedWithScope(String scope, String... roles) {
        try {
            Map<String, Object> claims = claims(roles);
            claims.put("telltale_scope", JSON.readTree(scope));
            return signed(claims);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A token with these claims. */
    public static String signed(Map<String, Object> claims) {
        try {
            PrivateKey key = KeyFactory.getInstance("RSA")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(property(PRIVATE))));
            return signed(claims, key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token of an issuer whose key is unknown. */
    static String signedByAnother(Map<String, Object> claims) {
        return signed(claims, Another.KEY);
    }

    private static final class Another {
        static final PrivateKey KEY = newPair().getPrivate();
    }

    private static String signed(Map<String, Object> claims, PrivateKey key) {
        try {
            String content = part("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + part(JSON.writeValueAsString(claims));
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(content.getBytes(StandardCharsets.US_ASCII));
            return content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token without a signature. */
    static String unsigned(Map<String, Object> claims) {
        try {
            return part("{\"alg\":\"none\"}") + "." + part(JSON.writeValueAsString(claims)) + ".";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String part(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    /** An entry of a key file. */
    public static ObjectNode entry(String name, String key, String... roles) {
        byte[] salt = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        ObjectNode entry = JSON.createObjectNode()
                .put("name", name)
                .put("salt", base64(salt))
                .put("hash", base64(ApiKey.hash(salt, ApiKey.bytes(key))));
        for (String role : roles) {
            entry.withArray("roles").add(role);
        }
        return entry;
    }

    /** The content of a key file. */
    public static String file(ObjectNode... entries) {
        ObjectNode file = JSON.createObjectNode();
        file.putArray("keys").addAll(List.of(entries));
        return file.toString();
    }

    /** The file of a keyset, the same for each service that this JVM starts: they share the stored data keys. */
    static Path keysetFile() {
        Path file = keyFile().resolveSibling("keyset.json");
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, TestKeyset.create());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** Replaces the key file, as a mounted secret is replaced: at once. */
    static void writeFile(String content) {
        try {
            Path next = keyFile().resolveSibling("next");
            Files.writeString(next, content);
            Files.move(next, keyFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
