package io.telltale.api;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/**
 * A body that is small, or refused before it is gathered: Quarkus itself would gather 10 MiB of it. The resource method
 * must have no parameter for the body.
 */
public final class SmallBody {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private SmallBody() {}

    /**
     * Reads the whole body, on the event loop of its connection. To be subscribed to once.
     *
     * @param maxBytes how long it may be, inclusive
     * @return fails with a problem if it is longer, breaks off, or is not there within 10 s
     */
    public static Uni<byte[]> read(HttpServerRequest request, int maxBytes, Vertx vertx) {
        return Uni.createFrom().<byte[]>emitter(emitter -> {
            if (request.isEnded()) {
                emitter.complete(new byte[0]);
                return;
            }
            Buffer gathered = Buffer.buffer();
            long timer = vertx.setTimer(PATIENCE.toMillis(), late -> {
                emitter.fail(Problem.of(
                                ProblemCode.BAD_REQUEST,
                                "the body did not come within %d s".formatted(PATIENCE.toSeconds()))
                        .exception());
                RequestDrain.discard(request, vertx);
            });
            request.handler(chunk -> {
                if (gathered.length() + chunk.length() > maxBytes) {
                    vertx.cancelTimer(timer);
                    RequestDrain.discard(request, vertx);
                    emitter.fail(Problem.of(
                                    ProblemCode.BODY_TOO_LARGE,
                                    "the body is longer than %d bytes; expected at most as many".formatted(maxBytes))
                            .exception());
                } else {
                    gathered.appendBuffer(chunk);
                }
            });
            request.endHandler(end -> {
                vertx.cancelTimer(timer);
                emitter.complete(gathered.getBytes());
            });
            request.exceptionHandler(gone -> {
                vertx.cancelTimer(timer);
                emitter.fail(Problem.of(ProblemCode.BAD_REQUEST, "the body broke off")
                        .exception());
            });
            if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
                request.response().writeContinue();
            }
            request.resume();
        });
    }
}
