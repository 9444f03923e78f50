package io.telltale.api;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.inject.Singleton;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Limits the labels of HTTP metrics to existing methods and paths. Quarkus accepts any word as a method, and labels a
 * request that it rejects before matching with its literal path, so clients could create time series without limit.
 */
@Singleton
class RequestLabels implements MeterFilter {

    private static final String OF_REQUESTS = "http.server.";
    private static final String METHOD = "method";
    private static final String PATH = "uri";
    private static final Set<String> METHODS = Set.of("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT");
    private static final String OTHER_METHOD = "OTHER";
    private static final String UNKNOWN_PATH = "UNKNOWN";

    /** The labels of Quarkus for requests without a path. */
    private static final Set<String> NO_PATHS = Set.of("NOT_FOUND", "REDIRECTION", "root", UNKNOWN_PATH);

    /** Path templates as in the API document; null before the first request, because the routes may not exist yet. */
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
        Set<String> known = paths;
        if (known == null) {
            known = MatchingRoutes.templates();
            paths = known;
        }
        return known;
    }
}
