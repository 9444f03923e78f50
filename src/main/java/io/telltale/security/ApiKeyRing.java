package io.telltale.security;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The API keys of one version of the file. Thread-safe. */
final class ApiKeyRing {

    static final ApiKeyRing EMPTY = new ApiKeyRing(List.of());

    /** Far more than a key has: a longer one would cost a hash of it for each entry. */
    private static final int MAX_LENGTH = 512;

    private final List<ApiKey> keys;
    private final Map<String, ApiKey> byName;

    /**
     * Accepted keys by their digest, so that only the first request of a key compares it with all entries. Has at most
     * one element per entry.
     */
    private final Map<ByteBuffer, ApiKey> accepted = new ConcurrentHashMap<>();

    ApiKeyRing(List<ApiKey> keys) {
        this.keys = List.copyOf(keys);
        this.byName = keys.stream().collect(Collectors.toUnmodifiableMap(ApiKey::name, key -> key));
    }

    List<ApiKey> keys() {
        return keys;
    }

    int size() {
        return keys.size();
    }

    /** The entry with a name; null if there is none. */
    @Nullable
    ApiKey named(String name) {
        return byName.get(name);
    }

    /** Whether there is an entry that allows exactly the same as another one. */
    boolean has(ApiKey entry) {
        ApiKey found = byName.get(entry.name());
        return found != null && found.isSame(entry);
    }

    /** The entry of a key; null if there is none. Compares all entries, so the time does not tell which one matches. */
    @Nullable
    ApiKey find(String key) {
        if (key.length() > MAX_LENGTH) {
            return null;
        }
        byte[] bytes = ApiKey.bytes(key);
        ByteBuffer digest = ByteBuffer.wrap(ApiKey.sha256().digest(bytes));
        ApiKey found = accepted.get(digest);
        if (found != null) {
            return found;
        }
        for (ApiKey entry : keys) {
            if (entry.matches(bytes)) {
                found = entry;
            }
        }
        if (found != null) {
            accepted.put(digest, found);
        }
        return found;
    }
}
