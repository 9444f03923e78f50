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
 * Rejects a request to a method with {@link TakesConsistency} whose level the keyspace can never meet. A retry would
 * not help, so this is no 503.
 */
@Singleton
class ReachableConsistency {

    private final Instance<Database> database;

    /** @param database looked up per request: filters are created at build time, before there are settings */
    @Inject
    ReachableConsistency(Instance<Database> database) {
        this.database = database;
    }

    /** Leaves a value that is no level to the method, which says which ones there are. */
    @ServerRequestFilter
    @TakesConsistency
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
