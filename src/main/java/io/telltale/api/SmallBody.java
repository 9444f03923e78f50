package io.telltale.api;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/**
 * Reads a small body, and rejects a larger one before it is buffered: Quarkus would buffer up to 10 MiB. The resource
 * method must have no parameter for the body.
 */
public final class SmallBody {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private SmallBody() {}

    /**
     * Reads the whole body on the event loop of its connection, and decompresses it. Subscribe once.
     *
     * @param maxBytes the longest body, inclusive, compressed or not
     * @throws ProblemException {@code unsupported-media-type} for an unknown content coding
     * @return fails with a problem if the body is longer, incomplete, or takes more than 10 s
     */
    public static Uni<byte[]> read(HttpServerRequest request, int maxBytes, Vertx vertx) {
        ContentCoding coding = ContentCoding.of(request.getHeader(HttpHeaders.CONTENT_ENCODING));
        return Uni.createFrom()
                .<Buffer>emitter(emitter -> {
                    if (request.isEnded()) {
                        emitter.complete(Buffer.buffer());
                        return;
                    }
                    receive(request, maxBytes, vertx, emitter);
                    if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
                        request.response().writeContinue();
                    }
                    request.resume();
                })
                .map(encoded -> DecodedBody.whole(coding, encoded.getBytes(), maxBytes));
    }

    private static void receive(
            HttpServerRequest request, int maxBytes, Vertx vertx, UniEmitter<? super Buffer> emitter) {
        Buffer body = Buffer.buffer();
        long timer = vertx.setTimer(TIMEOUT.toMillis(), late -> {
            emitter.fail(badRequest("body is incomplete after %1$d s; expected all of it within %1$d s"
                    .formatted(TIMEOUT.toSeconds())));
            RequestDrain.discard(request, vertx);
        });
        request.handler(chunk -> {
            if (body.length() + chunk.length() > maxBytes) {
                vertx.cancelTimer(timer);
                RequestDrain.discard(request, vertx);
                emitter.fail(Problem.of(
                                ProblemCode.BODY_TOO_LARGE,
                                "body is over %1$d bytes; expected at most %1$d".formatted(maxBytes))
                        .exception());
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(end -> {
            vertx.cancelTimer(timer);
            emitter.complete(body);
        });
        request.exceptionHandler(gone -> {
            vertx.cancelTimer(timer);
            emitter.fail(badRequest("body ended early; expected all of it"));
        });
    }

    private static ProblemException badRequest(String detail) {
        return Problem.of(ProblemCode.BAD_REQUEST, detail).exception();
    }
}
