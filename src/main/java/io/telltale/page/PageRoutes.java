package io.telltale.page;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Serves the page at {@code /}, and its files. Unknown files are left to the other routes, which answer a problem.
 *
 * <p>Quarkus would serve static resources too, but not compressed (decision 0037 says why its compression is off), and
 * not with these headers (decision 0081). So the page is not where Quarkus looks for them; uPlot is, in its WebJar.
 */
@Singleton
class PageRoutes {

    private static final String INDEX = "/page/index.html";

    private static final String WEBJARS = "/META-INF/resources";

    /** Nothing inline, nothing from another origin, no frames. Strings never become HTML or script. */
    private static final Map<String, String> SECURITY_HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                    + "require-trusted-types-for 'script'; trusted-types 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer");

    /** The next version of the service may have other files under the same names. */
    private static final String REVALIDATE = "no-cache";

    /** A path with a version never changes its content. */
    private static final String KEEP = "public, max-age=31536000, immutable";

    /** Only files that exist, so clients cannot fill it. */
    private final Map<String, PageFile> files = new ConcurrentHashMap<>();

    void add(@Observes Router router) {
        route(router, "/").handler(context -> serve(context, file(INDEX), REVALIDATE));
        route(router, "/page/:file").handler(context -> serve(context, part(context.normalizedPath()), REVALIDATE));
        route(router, "/webjars/uplot/:version/dist/:file")
                .handler(context -> serve(context, file(WEBJARS + context.normalizedPath()), KEEP));
    }

    private static Route route(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }

    /** The links of the page are relative to {@code /}, so it has no other address. */
    private @Nullable PageFile part(String path) {
        return path.equals(INDEX) ? null : file(path);
    }

    private static void serve(RoutingContext context, @Nullable PageFile file, String caching) {
        if (file == null) {
            context.next();
            return;
        }
        boolean isGzipped = acceptsGzip(context);
        String tag = "\"%s%s\"".formatted(file.version(), isGzipped ? "-gzip" : "");
        HttpServerResponse response = context.response()
                .putHeader(HttpHeaders.CACHE_CONTROL, caching)
                .putHeader(HttpHeaders.ETAG, tag)
                .putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        SECURITY_HEADERS.forEach(response::putHeader);
        if (isTagged(context, tag)) {
            response.setStatusCode(304).end();
            return;
        }
        if (isGzipped) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
        Buffer body = isGzipped ? file.gzipped() : file.plain();
        response.putHeader(HttpHeaders.CONTENT_TYPE, file.mediaType())
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        if (HttpMethod.HEAD.equals(context.request().method())) {
            response.end();
        } else {
            response.end(body);
        }
    }

    private @Nullable PageFile file(String resource) {
        PageFile known = files.get(resource);
        if (known != null) {
            return known;
        }
        // Names that would leave the directory. Vert.x has normalized the path; this does not depend on it.
        if (!resource.matches("(/[A-Za-z0-9][A-Za-z0-9.-]*)+") || resource.contains("..")) {
            return null;
        }
        PageFile file = PageFile.read(resource);
        if (file != null) {
            files.put(resource, file);
        }
        return file;
    }

    private static boolean acceptsGzip(RoutingContext context) {
        return context.parsedHeaders().acceptEncoding().stream()
                .anyMatch(coding -> coding.value().equalsIgnoreCase("gzip") && coding.weight() > 0);
    }

    private static boolean isTagged(RoutingContext context, String tag) {
        List<String> known = context.request().headers().getAll(HttpHeaders.IF_NONE_MATCH);
        return known.stream().anyMatch(header -> header.contains(tag));
    }
}
