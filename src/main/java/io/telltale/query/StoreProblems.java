package io.telltale.query;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemMappers;
import io.telltale.store.StoreUnavailableException;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Maps an unavailable store to a problem with the reason and {@code Retry-After}. */
class StoreProblems {

    @ServerExceptionMapper
    Response unavailable(StoreUnavailableException e) {
        return ProblemMappers.response(Problem.of(ProblemCode.CASSANDRA_UNAVAILABLE, String.valueOf(e.getMessage())))
                .build();
    }
}
