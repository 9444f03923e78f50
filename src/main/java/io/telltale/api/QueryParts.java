package io.telltale.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What identifies a query: its endpoint and some of its parameters. Not thread-safe. */
final class QueryParts {

    private final List<String> parts = new ArrayList<>();

    /** As sent, with defaults: what cursors of earlier releases are bound to. */
    private final List<String> sent = new ArrayList<>();

    /** @param request the endpoint, with the ids of its path */
    QueryParts(String request) {
        parts.add(request);
        sent.add(request);
    }

    /**
     * Adds a parameter.
     *
     * @param byDefault the value that changes nothing; null for none
     */
    void add(String name, List<String> values, @Nullable String byDefault) {
        add(parts, name, byDefault != null && values.equals(List.of(byDefault)) ? List.of() : values);
        add(sent, name, values);
    }

    private static void add(List<String> to, String name, List<String> values) {
        to.add(name);
        to.add(Integer.toString(values.size()));
        to.addAll(values);
    }

    QueryFingerprint fingerprint() {
        return QueryFingerprint.of(parts, sent);
    }
}
