package io.telltale.api;

import io.quarkus.resteasy.reactive.server.runtime.ResteasyReactiveRecorder;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.common.util.ServerMediaType;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.handlers.ClassRoutingHandler;
import org.jboss.resteasy.reactive.server.handlers.RestInitialHandler.InitialMatch;
import org.jboss.resteasy.reactive.server.mapping.RequestMapper;
import org.jboss.resteasy.reactive.server.mapping.RequestMapper.RequestMatch;
import org.jboss.resteasy.reactive.server.mapping.RuntimeResource;
import org.jspecify.annotations.Nullable;

/**
 * What the path of a request takes: methods and media types, found in the routes of Quarkus REST.
 *
 * <p>Uses internals of Quarkus REST: no public API lists the routes.
 */
final class MatchingRoutes {

    private final ResteasyReactiveRequestContext request;
    private final Map<String, RuntimeResource> byMethod = new TreeMap<>();

    /** The routes of the path of the request that is handled on this thread. */
    static MatchingRoutes ofCurrentRequest() {
        return new MatchingRoutes(CurrentRequestManager.get());
    }

    private MatchingRoutes(ResteasyReactiveRequestContext request) {
        this.request = request;
        RequestMatch<InitialMatch> resource =
                new RequestMapper<>(request.getDeployment().getClassMappers()).map(request.getPathWithoutPrefix());
        if (resource == null) {
            return;
        }
        String rest = resource.remaining.isEmpty() ? "/" : resource.remaining;
        all(resource.value).forEach(routes -> routes.getMappers().forEach((method, paths) -> {
            RequestMatch<RuntimeResource> route = method == null ? null : paths.map(rest);
            if (route != null) {
                byMethod.put(method, route.value);
            }
        }));
    }

    /** The path templates of all routes, as in the API document. */
    static Set<String> templates() {
        return ResteasyReactiveRecorder.getCurrentDeployment().getClassMappers().stream()
                .flatMap(resource -> all(resource.value))
                .flatMap(routes -> routes.getMappers().values().stream())
                .flatMap(routes -> routes.getTemplates().stream())
                .map(route -> template(route.value))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String template(RuntimeResource route) {
        String path = "/" + route.getClassPath().template + "/" + route.getPath().template;
        return path.replaceAll("//+", "/").replaceAll("(.)/$", "$1");
    }

    /** The routes of a resource. */
    private static Stream<ClassRoutingHandler> all(InitialMatch resource) {
        return Arrays.stream(resource.handlers)
                .filter(ClassRoutingHandler.class::isInstance)
                .map(ClassRoutingHandler.class::cast);
    }

    /** The methods of the path, sorted; empty if it is unknown. */
    Set<String> methods() {
        Set<String> methods = new TreeSet<>(byMethod.keySet());
        if (methods.contains(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
        }
        if (!methods.isEmpty()) {
            methods.add(HttpMethod.OPTIONS);
        }
        return methods;
    }

    /** The request, as error details name it. */
    RefusedRequest refused() {
        String method = request.getMethod();
        RuntimeResource route = byMethod.get(method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method);
        return new RefusedRequest(
                method,
                request.getUriInfo().getPath(),
                header(HttpHeaders.ACCEPT),
                header(HttpHeaders.CONTENT_TYPE),
                methods(),
                produced(route),
                route == null ? List.of() : names(route.getConsumes().stream()));
    }

    private String header(String name) {
        return String.join(", ", request.serverRequest().getAllRequestHeaders(name));
    }

    private static List<String> produced(@Nullable RuntimeResource route) {
        return Optional.ofNullable(route)
                .map(RuntimeResource::getProduces)
                .map(ServerMediaType::getSortedOriginalMediaTypes)
                .map(mediaTypes -> names(Arrays.stream(mediaTypes)))
                .orElse(List.of());
    }

    private static List<String> names(Stream<MediaType> mediaTypes) {
        return mediaTypes.map(MediaType::toString).toList();
    }
}
