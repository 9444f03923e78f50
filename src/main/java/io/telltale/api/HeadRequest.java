package io.telltale.api;

import io.quarkus.vertx.http.runtime.filters.AbstractResponseWrapper;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.http.impl.HttpServerRequestWrapper;

/**
 * A HEAD request over HTTP/2, whose response has no body. Vert.x sends the body of such a response, which clients
 * report as a protocol error; over HTTP/1.1 it does not.
 */
final class HeadRequest extends HttpServerRequestWrapper {

    private final HttpServerResponse response;

    HeadRequest(HttpServerRequest request) {
        super((HttpServerRequestInternal) request);
        this.response = new BodylessResponse(request.response());
    }

    /** Whether the response of a request would have a body in spite of its method. */
    static boolean isNeeded(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2
                && HttpMethod.HEAD.equals(request.method())
                && !(request.response() instanceof BodylessResponse);
    }

    @Override
    public HttpServerResponse response() {
        return response;
    }

    private static final class BodylessResponse extends AbstractResponseWrapper {

        BodylessResponse(HttpServerResponse response) {
            super(response);
        }

        @Override
        public Future<Void> write(Buffer chunk) {
            return headWritten() ? Future.succeededFuture() : writeHead();
        }

        @Override
        public void write(Buffer chunk, Handler<AsyncResult<Void>> handler) {
            write(chunk).onComplete(handler);
        }

        @Override
        public Future<Void> write(String chunk) {
            return write(Buffer.buffer());
        }

        @Override
        public void write(String chunk, Handler<AsyncResult<Void>> handler) {
            write(chunk).onComplete(handler);
        }

        @Override
        public Future<Void> write(String chunk, String charset) {
            return write(chunk);
        }

        @Override
        public void write(String chunk, String charset, Handler<AsyncResult<Void>> handler) {
            write(chunk).onComplete(handler);
        }

        @Override
        public Future<Void> end(Buffer chunk) {
            if (!headWritten() && !headers().contains(HttpHeaders.CONTENT_LENGTH)) {
                putHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(chunk.length()));
            }
            return end();
        }

        @Override
        public void end(Buffer chunk, Handler<AsyncResult<Void>> handler) {
            end(chunk).onComplete(handler);
        }

        @Override
        public Future<Void> end(String chunk) {
            return end(Buffer.buffer(chunk));
        }

        @Override
        public void end(String chunk, Handler<AsyncResult<Void>> handler) {
            end(chunk).onComplete(handler);
        }

        @Override
        public Future<Void> end(String chunk, String charset) {
            return end(Buffer.buffer(chunk, charset));
        }

        @Override
        public void end(String chunk, String charset, Handler<AsyncResult<Void>> handler) {
            end(chunk, charset).onComplete(handler);
        }

        @Override
        public Future<Void> send(String body) {
            return end(body);
        }

        @Override
        public void send(String body, Handler<AsyncResult<Void>> handler) {
            end(body).onComplete(handler);
        }

        @Override
        public Future<Void> send(Buffer body) {
            return end(body);
        }

        @Override
        public void send(Buffer body, Handler<AsyncResult<Void>> handler) {
            end(body).onComplete(handler);
        }
    }
}
