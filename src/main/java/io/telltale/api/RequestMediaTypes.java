package io.telltale.api;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.spi.ServerHttpRequest;

/**
 * Replaces aliases of media types in {@code Accept} and {@code Content-Type} before Quarkus matches them with those of
 * a resource. A request with parameter {@code format} accepts anything: the parameter takes the place of the header.
 */
public class RequestMediaTypes {

    /** The parameter that selects the format of a response. */
    public static final String FORMAT = "format";

    private static final List<String> ANYTHING = List.of(MediaType.WILDCARD);

    /** Replaces a header only if that changes it, because all headers are copied then. */
    @ServerRequestFilter(preMatching = true)
    public void replace(ContainerRequestContext context) {
        ServerHttpRequest request = CurrentRequest.serverRequest();
        List<String> ranges = ranges(request.getAllRequestHeaders(HttpHeaders.ACCEPT));
        replace(context, HttpHeaders.ACCEPT, ranges, hasFormat(context, request) ? ANYTHING : accepted(ranges));
        List<String> contentTypes = request.getAllRequestHeaders(HttpHeaders.CONTENT_TYPE);
        replace(context, HttpHeaders.CONTENT_TYPE, contentTypes, withoutAliases(contentTypes));
    }

    private static List<String> ranges(List<String> headers) {
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(String::strip)
                .toList();
    }

    /** Empty elements of the list are legal (RFC 9110, 5.6.1), but not for Quarkus. */
    private static List<String> accepted(List<String> ranges) {
        List<String> present = ranges.stream().filter(range -> !range.isEmpty()).toList();
        return present.isEmpty() ? ANYTHING : withoutAliases(present);
    }

    private static List<String> withoutAliases(List<String> mediaTypes) {
        return mediaTypes.stream().map(MediaTypes::withoutAlias).toList();
    }

    private static boolean hasFormat(ContainerRequestContext context, ServerHttpRequest request) {
        String query = request.query();
        return query != null
                && query.contains(FORMAT)
                && context.getUriInfo().getQueryParameters().containsKey(FORMAT);
    }

    private static void replace(
            ContainerRequestContext context, String header, List<String> before, List<String> after) {
        if (!before.isEmpty() && !after.equals(before)) {
            context.getHeaders().putSingle(header, String.join(",", after));
        }
    }
}
