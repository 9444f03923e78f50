package io.telltale.query;

import io.telltale.api.Consistency;
import io.telltale.api.Problem;
import io.telltale.store.Database;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.UriInfo;
import java.util.Arrays;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Rejects a request whose consistency level the keyspace can never meet. A retry would not help, so this is no 503. In
 * one place for all endpoints: they take parameter {@code consistency} under one name, and it means the same.
 */
@Singleton
class ReachableConsistency {

    private final Instance<Database> database;

    /** @param database looked up per request: filters are created at build time, before there are settings */
    @Inject
    ReachableConsistency(Instance<Database> database) {
        this.database = database;
    }

    /** Leaves a value that is no level to the endpoint, which knows whether it takes the parameter at all. */
    @ServerRequestFilter
    void check(UriInfo request) {
        String text = request.getQueryParameters().getFirst("consistency");
        if (text == null) {
            return;
        }
        Arrays.stream(Consistency.values())
                .filter(level -> level.parameterValue().equals(text))
                .findFirst()
                .flatMap(level -> database.get().unreachable(level))
                .ifPresent(expected -> {
                    throw Problem.badParameter("consistency", text, expected).exception();
                });
    }
}
