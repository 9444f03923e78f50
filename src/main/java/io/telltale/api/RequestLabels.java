package io.telltale.api;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.quarkus.resteasy.reactive.server.runtime.ResteasyReactiveRecorder;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the metrics of HTTP requests say of methods and paths: those that there are. Quarkus takes any word for a method, and a
 * path as it was asked for where a request is refused before its resource is found; so clients could make time series
 * without end, and leave no room for those of paths that nobody has asked for yet.
 */
@Singleton
class RequestLabels implements MeterFilter {

    private static final String OF_REQUESTS = "http.server.";
    private static final String METHOD = "method";
    private static final String PATH = "uri";
    private static final Set<String> METHODS = Set.of("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT");
    private static final String OTHER_METHOD = "OTHER";
    private static final String UNKNOWN_PATH = "UNKNOWN";

    /** What Quarkus says itself where there is no path. */
    private static final Set<String> NO_PATHS = Set.of("NOT_FOUND", "REDIRECTION", "root", UNKNOWN_PATH);

    /** As the API document has them; null before the first request, when it may be too early to ask. */
    private volatile @Nullable Set<String> paths;

    @Override
    public Meter.Id map(Meter.Id id) {
        if (!id.getName().startsWith(OF_REQUESTS)) {
            return id;
        }
        String method = id.getTag(METHOD);
        String path = id.getTag(PATH);
        Tags tags = Tags.of(id.getTags());
        if (method != null && !METHODS.contains(method)) {
            tags = tags.and(Tag.of(METHOD, OTHER_METHOD));
        }
        if (path != null && !NO_PATHS.contains(path) && !paths().contains(path)) {
            tags = tags.and(Tag.of(PATH, UNKNOWN_PATH));
        }
        return id.replaceTags(tags);
    }

    Set<String> paths() {
        Set<String> there = paths;
        if (there == null) {
            there = ResteasyReactiveRecorder.getCurrentDeployment().getClassMappers().stream()
                    .flatMap(resource -> AllowedMethods.routes(resource.value))
                    .flatMap(routes -> routes.getMappers().values().stream())
                    .flatMap(routes -> routes.getTemplates().stream())
                    .map(route -> path(route.value.getClassPath().template, route.value.getPath().template))
                    .collect(Collectors.toUnmodifiableSet());
            paths = there;
        }
        return there;
    }

    /** As Quarkus measures it. */
    private static String path(String ofResource, String ofMethod) {
        return ("/" + ofResource + "/" + ofMethod).replaceAll("//+", "/").replaceAll("(.)/$", "$1");
    }
}
