package io.telltale.api;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * What a client still sends when its answer is already known. It is read and thrown away: were the connection just closed,
 * the answer might be lost with it, for a client that sends first and reads afterwards. Whoever sends much more, or takes
 * much longer, is cut off.
 */
public final class RequestDrain {

    private static final long MAX_MILLIS = 10_000;
    private static final long MAX_BYTES = 64L << 20;

    private final HttpServerRequest request;
    private long bytes;

    private RequestDrain(HttpServerRequest request) {
        this.request = request;
    }

    /** Discards what is left of a body, on the event loop of its connection. */
    public static void discard(HttpServerRequest request, Vertx vertx) {
        if (request.isEnded() || request.response().closed()) {
            return;
        }
        RequestDrain rest = new RequestDrain(request);
        long timer = vertx.setTimer(MAX_MILLIS, late -> rest.cutOff());
        request.handler(rest::skip);
        request.endHandler(end -> vertx.cancelTimer(timer));
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
        request.resume();
    }

    private void skip(Buffer chunk) {
        bytes += chunk.length();
        if (bytes > MAX_BYTES) {
            cutOff();
        }
    }

    private void cutOff() {
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
