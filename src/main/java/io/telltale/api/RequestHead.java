package io.telltale.api;

import io.netty.handler.codec.http.HttpMessageDecoderResult;
import io.telltale.sensors.Excerpt;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks the head of a request: its URL, its size, its host, and the framing of its body. */
final class RequestHead {

    /**
     * The longest URL and the longest headers, inclusive. The limits of Quarkus are higher, so that a problem tells.
     */
    static final int MAX_BYTES = 64 << 10;

    /** The shortest header line that Netty can have removed: {@code Content-Length:0}. */
    private static final int REMOVED_BYTES = 16;

    private static final String HOST_FORM = "expected a host with an optional port, such as telltale.example:8080";

    private RequestHead() {}

    /** The reason to refuse a request; null if there is none. */
    static @Nullable Problem problem(HttpServerRequest request) {
        Problem problem = target(request.uri());
        if (problem == null) {
            problem = size(headerBytes(request));
        }
        return problem == null && request.version() != HttpVersion.HTTP_2
                ? host(request.headers().getAll(HttpHeaders.HOST), request.version())
                : problem;
    }

    private static @Nullable Problem target(String target) {
        if (target.length() > MAX_BYTES) {
            return Problem.of(
                    ProblemCode.URI_TOO_LONG,
                    "the URL has %d characters; expected at most %d; split it into several requests"
                            .formatted(target.length(), MAX_BYTES));
        }
        try {
            new URI(target);
            return null;
        } catch (URISyntaxException e) {
            return Problem.of(ProblemCode.BAD_REQUEST, "the URL " + fault(target, e.getIndex()));
        }
    }

    private static String fault(String target, int at) {
        if (at < 0 || at >= target.length()) {
            return "'%s' is not valid; expected a path such as /api/v1/sensors".formatted(Excerpt.of(target));
        }
        char character = target.charAt(at);
        if (character == '%') {
            return "has '%s' at character %d; expected %% and two hexadecimal digits, such as %%25 for %% itself"
                    .formatted(Excerpt.of(target.substring(at, Math.min(at + 3, target.length()))), at + 1);
        }
        return "has '%s' at character %d; expected it percent-encoded%s"
                .formatted(
                        Excerpt.of(String.valueOf(character)),
                        at + 1,
                        character < 0x80 ? ", as %%%02X".formatted((int) character) : "");
    }

    private static long headerBytes(HttpServerRequest request) {
        if (request.decoderResult() instanceof HttpMessageDecoderResult sizes) {
            return sizes.headerSize();
        }
        long bytes = 0;
        for (Map.Entry<String, String> header : request.headers()) {
            bytes += header.getKey().length() + header.getValue().length();
        }
        return bytes;
    }

    private static @Nullable Problem size(long bytes) {
        return bytes <= MAX_BYTES
                ? null
                : Problem.of(
                        ProblemCode.HEADERS_TOO_LARGE,
                        "the headers have %d bytes; expected at most %d".formatted(bytes, MAX_BYTES));
    }

    /** The problem of a request that Vert.x did not route, because its host is missing or invalid. */
    static Problem unroutableHost(HttpServerRequest request) {
        Problem problem = host(request.headers().getAll(HttpHeaders.HOST), request.version());
        return problem != null
                ? problem
                : badHost("header %s is '%s'"
                        .formatted(
                                request.version() == HttpVersion.HTTP_2 ? ":authority" : "Host",
                                Excerpt.of(String.valueOf(request.headers().get(HttpHeaders.HOST)))));
    }

    private static @Nullable Problem host(List<String> hosts, HttpVersion version) {
        if (hosts.isEmpty()) {
            return version == HttpVersion.HTTP_1_1 ? badHost("header Host is missing") : null;
        }
        if (hosts.size() > 1) {
            return badHost("header Host occurs %d times".formatted(hosts.size()));
        }
        return hosts.get(0).isBlank() ? badHost("header Host is ''") : null;
    }

    private static Problem badHost(String what) {
        return Problem.of(ProblemCode.BAD_REQUEST, what + "; " + HOST_FORM);
    }

    /** How the end of a body is found. */
    enum Framing {
        /** By its length, or by the frames of HTTP/2. */
        PLAIN,
        CHUNKED,
        /** Chunked. A {@code Content-Length} may have been there, too, so the connection must close after it. */
        CHUNKED_LAST,
        /** Refused: another recipient may find another end (RFC 9112, 6.1). */
        AMBIGUOUS
    }

    /**
     * The framing of a body.
     *
     * <p>Netty removes a {@code Content-Length} next to {@code Transfer-Encoding}. Only the size of all header lines
     * still contains it. The size also contains the spaces around values, usually one per line: that much is tolerated.
     */
    static Framing framing(HttpServerRequest request) {
        MultiMap headers = request.headers();
        if (request.version() == HttpVersion.HTTP_2 || !headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
            return Framing.PLAIN;
        }
        List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
        if (request.version() != HttpVersion.HTTP_1_1
                || codings.size() > 1
                || !codings.get(0).equalsIgnoreCase("chunked")
                || headers.contains(HttpHeaders.CONTENT_LENGTH)) {
            return Framing.AMBIGUOUS;
        }
        long unknownBytes = headerBytes(request);
        int lines = 0;
        for (Map.Entry<String, String> header : headers) {
            unknownBytes -=
                    header.getKey().length() + ":".length() + header.getValue().length();
            lines++;
        }
        if (unknownBytes < REMOVED_BYTES) {
            return Framing.CHUNKED;
        }
        return unknownBytes < REMOVED_BYTES + lines ? Framing.CHUNKED_LAST : Framing.AMBIGUOUS;
    }

    static Problem ambiguousBody(HttpServerRequest request) {
        String codings = String.join(", ", request.headers().getAll(HttpHeaders.TRANSFER_ENCODING));
        return Problem.of(
                ProblemCode.BAD_REQUEST,
                "header Transfer-Encoding is '%s'; expected chunked, once, in HTTP/1.1, and without Content-Length"
                        .formatted(Excerpt.of(codings)));
    }
}
