package io.telltale.api;

import java.util.List;
import java.util.Set;

/**
 * A request that the framework refuses, and what its path takes.
 *
 * @param accept the header, as sent; empty without one
 * @param contentType the header, as sent; empty without one
 * @param methods the methods of the path
 * @param produced the media types of the response to this method
 * @param consumed the media types of the body of this method
 */
record RefusedRequest(
        String method,
        String path,
        String accept,
        String contentType,
        Set<String> methods,
        List<String> produced,
        List<String> consumed) {

    /** A request that no path takes. */
    static RefusedRequest unrouted(String method, String path) {
        return new RefusedRequest(method, path, "", "", Set.of(), List.of(), List.of());
    }
}
