package io.telltale.api;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * Reads and discards the rest of a request body after an early response. Closing the connection instead could lose the
 * response, because many clients send the whole body before they read. Disconnects a client that sends over 64 MiB more
 * or takes over 10 s.
 */
public final class RequestDrain {

    private static final long MAX_MILLIS = 10_000;
    private static final long MAX_BYTES = 64L << 20;

    private final HttpServerRequest request;
    private long bytes;

    private RequestDrain(HttpServerRequest request) {
        this.request = request;
    }

    /** Discards the rest of a body. Call on the event loop of its connection. */
    public static void discard(HttpServerRequest request, Vertx vertx) {
        if (request.isEnded() || request.response().closed()) {
            return;
        }
        RequestDrain drain = new RequestDrain(request);
        long timer = vertx.setTimer(MAX_MILLIS, late -> drain.disconnect());
        request.handler(drain::skip);
        request.endHandler(end -> vertx.cancelTimer(timer));
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
        request.resume();
    }

    private void skip(Buffer chunk) {
        bytes += chunk.length();
        if (bytes > MAX_BYTES) {
            disconnect();
        }
    }

    private void disconnect() {
        if (request.isEnded()) {
            return;
        }
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset();
        } else {
            request.connection().close();
        }
    }
}
