package io.telltale.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Scope;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses scopes. Strict: a member that is not understood might be a restriction. */
final class ScopeJson {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FORM = "an object with any of the lists sites, types and sensors";

    private ScopeJson() {}

    /**
     * Parses a scope.
     *
     * @param json null for a scope without restrictions
     * @param name of the JSON value, for messages
     * @throws IllegalArgumentException if it is not a scope
     */
    static Scope parse(@Nullable JsonNode json, String name) {
        if (json == null) {
            return Scope.EVERYTHING;
        }
        if (!json.isObject()) {
            throw new IllegalArgumentException(
                    "%s is '%s'; expected %s".formatted(name, Excerpt.of(json.toString()), FORM));
        }
        for (Iterator<String> members = json.fieldNames(); members.hasNext(); ) {
            String member = members.next();
            if (!member.equals("sites") && !member.equals("types") && !member.equals("sensors")) {
                throw new IllegalArgumentException(
                        "%s has a member '%s'; expected %s".formatted(name, Excerpt.of(member), FORM));
            }
        }
        return new Scope(list(json, "sites", name), list(json, "types", name), list(json, "sensors", name));
    }

    /** Parses a scope that {@link #write} wrote. */
    static Scope parse(String json) {
        try {
            return parse(JSON.readTree(json), "scope");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the scope is not JSON", e);
        }
    }

    /** Writes a scope as JSON. */
    static String write(Scope scope) {
        ObjectNode json = JSON.createObjectNode();
        write(json, "sites", scope.sites());
        write(json, "types", scope.types());
        write(json, "sensors", scope.sensors());
        return json.toString();
    }

    private static void write(ObjectNode json, String member, @Nullable List<String> entries) {
        if (entries != null) {
            ArrayNode list = json.putArray(member);
            entries.forEach(list::add);
        }
    }

    private static @Nullable List<String> list(JsonNode scope, String member, String name) {
        JsonNode list = scope.get(member);
        if (list == null) {
            return null;
        }
        List<String> entries = new ArrayList<>();
        boolean isList = list.isArray();
        for (JsonNode entry : list) {
            isList &= entry.isTextual() && !entry.asText().isEmpty();
            entries.add(entry.asText());
        }
        if (!isList) {
            throw new IllegalArgumentException(
                    "%s.%s is '%s'; expected a list of texts".formatted(name, member, Excerpt.of(list.toString())));
        }
        return entries;
    }
}
