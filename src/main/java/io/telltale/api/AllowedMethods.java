package io.telltale.api;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/** Answers {@code OPTIONS}: Quarkus answers with the methods of all resources with a common prefix. */
public class AllowedMethods {

    /** Answers before Quarkus matches a resource. */
    @ServerRequestFilter(preMatching = true)
    public @Nullable Response options() {
        if (!CurrentRequest.method().equals(HttpMethod.OPTIONS)) {
            return null;
        }
        MatchingRoutes routes = MatchingRoutes.ofCurrentRequest();
        Set<String> methods = routes.methods();
        return methods.isEmpty()
                ? ProblemMappers.response(FrameworkErrorDetails.problem(404, routes.refused()))
                        .build()
                : Response.noContent()
                        .header(HttpHeaders.ALLOW, String.join(", ", methods))
                        .build();
    }
}
