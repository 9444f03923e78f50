package io.telltale.api;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.handlers.ClassRoutingHandler;
import org.jboss.resteasy.reactive.server.handlers.RestInitialHandler.InitialMatch;
import org.jboss.resteasy.reactive.server.mapping.RequestMapper;
import org.jboss.resteasy.reactive.server.mapping.RequestMapper.RequestMatch;
import org.jspecify.annotations.Nullable;

/**
 * The methods of a path, found in the routes of Quarkus REST. Quarkus omits {@code Allow} from a 405, and answers
 * {@code OPTIONS} with the methods of all resources with a common prefix.
 *
 * <p>Internals of Quarkus REST are used here and in {@link RequestLabels} only: no public API lists the routes.
 */
public class AllowedMethods {

    /** Answers {@code OPTIONS} before Quarkus matches a resource. */
    @ServerRequestFilter(preMatching = true)
    public @Nullable Response options() {
        ResteasyReactiveRequestContext request = CurrentRequestManager.get();
        if (!request.getMethod().equals(HttpMethod.OPTIONS)) {
            return null;
        }
        Set<String> methods = of(request);
        return methods.isEmpty()
                ? ProblemMappers.response(FrameworkErrorDetails.problem(404, request.getPathWithoutPrefix()))
                        .build()
                : Response.noContent()
                        .header(HttpHeaders.ALLOW, listed(methods))
                        .build();
    }

    /** The value of {@code Allow} for the current request; empty if its path is unknown. */
    static String ofCurrentRequest() {
        return listed(of(CurrentRequestManager.get()));
    }

    private static String listed(Set<String> methods) {
        return String.join(", ", methods);
    }

    private static Set<String> of(ResteasyReactiveRequestContext request) {
        Set<String> methods = new TreeSet<>();
        RequestMatch<InitialMatch> resource =
                new RequestMapper<>(request.getDeployment().getClassMappers()).map(request.getPathWithoutPrefix());
        if (resource == null) {
            return methods;
        }
        String rest = resource.remaining.isEmpty() ? "/" : resource.remaining;
        routes(resource.value).forEach(routes -> routes.getMappers().forEach((method, paths) -> {
            if (method != null && paths.map(rest) != null) {
                methods.add(method);
            }
        }));
        if (methods.contains(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
        }
        if (!methods.isEmpty()) {
            methods.add(HttpMethod.OPTIONS);
        }
        return methods;
    }

    /** The paths of a resource by method. */
    static Stream<ClassRoutingHandler> routes(InitialMatch resource) {
        return Arrays.stream(resource.handlers)
                .filter(ClassRoutingHandler.class::isInstance)
                .map(ClassRoutingHandler.class::cast);
    }
}
