package io.telltale.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The command {@code make-api-key}: makes a key and its entry for the key file. Starts no service, and stores nothing.
 */
public final class ApiKeyCommand {

    /** The first argument that selects this command. */
    public static final String NAME = "make-api-key";

    private static final String USAGE =
            "usage: %s --name NAME --roles ROLE[,ROLE…] [--scope JSON] [--expires TIME]\n".formatted(NAME)
                    + "  --roles    one or more of %s\n".formatted(Role.NAMES)
                    + "  --scope    such as {\"sites\":[\"plant-1\"],\"types\":[\"boiler\"],\"sensors\":[\"b-*\"]}\n"
                    + "  --expires  an RFC 3339 time such as 2027-01-31T00:00:00Z";

    private static final String PREFIX = "tt_";
    private static final int KEY_BYTES = 32;
    private static final int SALT_BYTES = 16;

    private final ObjectMapper json = new ObjectMapper();
    private final Consumer<byte[]> random;
    private final PrintStream out;
    private final PrintStream err;

    ApiKeyCommand(Consumer<byte[]> random, PrintStream out, PrintStream err) {
        this.random = random;
        this.out = out;
        this.err = err;
    }

    /** Runs the command on the standard streams, and returns the exit code. */
    public static int run(String... arguments) {
        // Not a constant: a native image may not contain random state of the machine that built it.
        return new ApiKeyCommand(new SecureRandom()::nextBytes, System.out, System.err).execute(List.of(arguments));
    }

    /** Prints the key on the first line and the entry on the second; everything else goes to the error stream. */
    int execute(List<String> arguments) {
        try {
            ObjectNode entry = entry(arguments.iterator());
            String key = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(randomBytes(KEY_BYTES));
            byte[] salt = randomBytes(SALT_BYTES);
            entry.put("salt", Base64.getEncoder().encodeToString(salt));
            entry.put("hash", Base64.getEncoder().encodeToString(ApiKey.hash(salt, ApiKey.bytes(key))));
            validate(entry);
            err.println("The API key, which is not stored anywhere, and its entry for telltale.security.api-keys:");
            out.println(key);
            out.println(entry);
            return 0;
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println(USAGE);
            return 2;
        }
    }

    private ObjectNode entry(Iterator<String> arguments) {
        ObjectNode entry = json.createObjectNode();
        while (arguments.hasNext()) {
            String option = arguments.next();
            if (!arguments.hasNext()) {
                throw new IllegalArgumentException("option %s has no value".formatted(option));
            }
            String value = arguments.next();
            JsonNode before =
                    switch (option) {
                        case "--name" ->
                            entry.replace("name", json.getNodeFactory().textNode(value));
                        case "--roles" -> entry.replace("roles", roles(value));
                        case "--scope" -> entry.replace("scope", scope(value));
                        case "--expires" ->
                            entry.replace("expires", json.getNodeFactory().textNode(value));
                        default -> throw new IllegalArgumentException("option %s is not known".formatted(option));
                    };
            requireFirst(option, before);
        }
        require(entry, "name");
        require(entry, "roles");
        return entry;
    }

    private static void requireFirst(String option, @Nullable JsonNode before) {
        if (before != null) {
            throw new IllegalArgumentException("option %s is given twice".formatted(option));
        }
    }

    private static void require(ObjectNode entry, String member) {
        if (!entry.has(member)) {
            throw new IllegalArgumentException("option --%s is missing".formatted(member));
        }
    }

    private ArrayNode roles(String list) {
        ArrayNode roles = json.createArrayNode();
        Arrays.stream(list.split(",", -1)).map(String::strip).forEach(roles::add);
        return roles;
    }

    private JsonNode scope(String text) {
        try {
            return json.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "option --scope is not JSON; expected an object such as {\"types\":[\"temperature\"]}", e);
        }
    }

    /** By the rules of the file, so that every entry that is printed is accepted. */
    private void validate(ObjectNode entry) {
        ObjectNode file = json.createObjectNode();
        file.putArray("keys").add(entry);
        requireOne(ApiKeyFile.parse(ApiKey.bytes(file.toString())));
    }

    private static void requireOne(ApiKeyRing ring) {
        if (ring.size() != 1) {
            throw new IllegalStateException("the entry is %d keys; expected one".formatted(ring.size()));
        }
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.accept(bytes);
        return bytes;
    }
}
