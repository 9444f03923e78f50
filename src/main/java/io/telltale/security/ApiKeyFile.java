package io.telltale.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the file of API keys. Strict, and its messages contain neither salts nor hashes. */
final class ApiKeyFile {

    static final int HASH_BYTES = 32;

    /** The shortest salt: random, it makes equal keys of two files look different. */
    private static final int MIN_SALT_BYTES = 8;

    private static final int MAX_SALT_BYTES = 1_024;

    private static final int MAX_NAME_LENGTH = 128;
    private static final Set<String> MEMBERS = Set.of("name", "salt", "hash", "roles", "scope", "expires");

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private ApiKeyFile() {}

    /**
     * Parses a file.
     *
     * @throws IllegalArgumentException if any of it is not understood; the message says what and where
     */
    static ApiKeyRing parse(byte[] file) {
        JsonNode list = tree(file).path("keys");
        require(list.isArray(), "keys", "a list of keys in an object: {\"keys\":[…]}");
        List<ApiKey> keys = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode entry : list) {
            ApiKey key = key(entry, "keys[%d]".formatted(keys.size()));
            require(names.add(key.name()), "keys[%d].name".formatted(keys.size()), "a name that no other key has");
            keys.add(key);
        }
        return new ApiKeyRing(keys);
    }

    private static JsonNode tree(byte[] file) {
        try {
            return JSON.readTree(file);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new IllegalArgumentException("the file is not JSON%s; expected {\"keys\":[…]}"
                    .formatted(at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr())));
        } catch (IOException e) {
            throw new IllegalArgumentException("the file is not readable as JSON", e);
        }
    }

    private static ApiKey key(JsonNode entry, String at) {
        require(entry.isObject(), at, "an object");
        for (Iterator<String> members = entry.fieldNames(); members.hasNext(); ) {
            String member = members.next();
            require(MEMBERS.contains(member), at + "." + Excerpt.of(member), "no such member");
        }
        String name = entry.path("name").asText();
        require(
                entry.path("name").isTextual() && !name.isBlank() && name.length() <= MAX_NAME_LENGTH,
                at + ".name",
                "a text of at most %d characters".formatted(MAX_NAME_LENGTH));
        byte[] salt = base64(entry.path("salt"), at + ".salt", MIN_SALT_BYTES, MAX_SALT_BYTES);
        byte[] hash = base64(entry.path("hash"), at + ".hash", HASH_BYTES, HASH_BYTES);
        Scope scope = ScopeJson.parse(entry.get("scope"), at + ".scope");
        return new ApiKey(name, salt, hash, roles(entry.path("roles"), at), scope, expires(entry.get("expires"), at));
    }

    private static byte[] base64(JsonNode text, String at, int min, int max) {
        byte[] bytes = {};
        try {
            bytes = text.isTextual() ? Base64.getDecoder().decode(text.asText()) : bytes;
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        require(
                bytes.length >= min && bytes.length <= max,
                at,
                "base64 of %s bytes".formatted(min == max ? "" + min : "%d to %d".formatted(min, max)));
        return bytes;
    }

    private static Set<Role> roles(JsonNode list, String at) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (JsonNode name : list) {
            Role.named(name.asText()).filter(role -> name.isTextual()).ifPresent(roles::add);
        }
        require(
                list.isArray() && !roles.isEmpty() && roles.size() == list.size(),
                at + ".roles",
                "a list of different roles of " + Role.NAMES);
        return roles;
    }

    private static long expires(@Nullable JsonNode text, String at) {
        if (text == null) {
            return Long.MAX_VALUE;
        }
        OptionalLong millis = text.isTextual() ? Rfc3339.parse(text.asText()) : OptionalLong.empty();
        require(millis.isPresent(), at + ".expires", "an RFC 3339 time such as 2027-01-31T00:00:00Z");
        return millis.orElseThrow();
    }

    private static void require(boolean isValid, String at, String expected) {
        if (!isValid) {
            throw new IllegalArgumentException("%s is not valid; expected %s".formatted(at, expected));
        }
    }
}
