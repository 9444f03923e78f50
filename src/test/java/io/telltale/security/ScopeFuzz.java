package io.telltale.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.fuzz.Bounded;
import io.telltale.sensors.Scope;
import java.io.IOException;

/** Fuzz target: scopes. What is accepted has the restrictions of the JSON; anything else is refused. */
public final class ScopeFuzz {

    private static final int MAX_MESSAGE_CHARACTERS = 500;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ScopeFuzz() {}

    /** Parses a scope, and checks that no member was ignored. */
    public static void fuzzerTestOneInput(byte[] input) {
        JsonNode json;
        try {
            json = JSON.readTree(input);
        } catch (IOException notJson) {
            return;
        }
        Scope scope;
        try {
            scope = ScopeJson.parse(json, "claim telltale_scope");
        } catch (IllegalArgumentException e) {
            Bounded.check(String.valueOf(e.getMessage()), MAX_MESSAGE_CHARACTERS);
            return;
        }
        if (scope.isEverything() != json.isEmpty()) {
            throw new AssertionError("%s is read as %s".formatted(json, scope));
        }
    }
}
