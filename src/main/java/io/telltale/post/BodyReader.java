package io.telltale.post;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.api.BodyLimit;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.streams.Concatenation;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request with backpressure: a chunk is read from the connection when it is requested. Everything
 * happens on the event loop of the connection.
 */
final class BodyReader {

    static final int MAX_BODY_BYTES = BodyLimit.MAX_BYTES;

    private static final byte[] NO_BYTES = {};

    private final HttpServerRequest request;
    private final PostTimeouts timeouts;
    private final Clock clock;

    /** The requested chunk; null while none is. */
    private @Nullable UniEmitter<? super Chunk> requested;

    private long openedMillis;
    private long requestedMillis;
    private long receivedBytes;
    private boolean isEnded;

    /**
     * A part of the body.
     *
     * @param isLast true for the empty end marker
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Chunk(byte[] bytes, boolean isLast) {}

    /** @param request paused */
    BodyReader(HttpServerRequest request, PostTimeouts timeouts, Clock clock) {
        this.request = request;
        this.timeouts = timeouts;
        this.clock = clock;
    }

    /**
     * The body. Subscribe once.
     *
     * @return fails with a problem if the body is too large or a timeout expires
     */
    Multi<Chunk> chunks() {
        return Multi.createFrom().deferred(() -> {
            open();
            return Concatenation.repeated(this::next, chunk -> !chunk.isLast());
        });
    }

    private void open() {
        openedMillis = clock.millis();
        if (request.isEnded()) {
            isEnded = true;
            return;
        }
        request.handler(this::receive);
        request.endHandler(ignored -> end());
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
    }

    private Uni<Chunk> next() {
        return Uni.createFrom().emitter(emitter -> {
            requested = emitter;
            requestedMillis = clock.millis();
            if (isEnded) {
                end();
            } else {
                request.fetch(1);
            }
        });
    }

    private void receive(Buffer bytes) {
        receivedBytes += bytes.length();
        if (receivedBytes > MAX_BODY_BYTES) {
            fail(Problem.of(
                    ProblemCode.BODY_TOO_LARGE,
                    "body is over %d bytes; expected at most %d".formatted(MAX_BODY_BYTES, MAX_BODY_BYTES)));
        } else {
            complete(new Chunk(bytes.getBytes(), false));
        }
    }

    private void end() {
        isEnded = true;
        complete(new Chunk(NO_BYTES, true));
    }

    /** Fails the requested chunk if the client is too slow. */
    void checkTimeouts() {
        long now = clock.millis();
        if (requested == null) {
            return;
        }
        if (now - requestedMillis > timeouts.idle().toMillis()) {
            fail(incomplete("no byte of it came for telltale.posts.idle=%s".formatted(timeouts.idle())));
        } else if (timeouts.body() != null
                && now - openedMillis > timeouts.body().toMillis()) {
            fail(incomplete("it did not end within %s".formatted(timeouts.body())));
        }
    }

    private static Problem incomplete(String reason) {
        return Problem.of(
                ProblemCode.BAD_REQUEST,
                "body is incomplete, and %s; expected all of it without a pause".formatted(reason));
    }

    private void complete(Chunk chunk) {
        UniEmitter<? super Chunk> emitter = requested;
        requested = null;
        if (emitter != null) {
            emitter.complete(chunk);
        }
    }

    private void fail(Problem problem) {
        UniEmitter<? super Chunk> emitter = requested;
        requested = null;
        if (emitter != null) {
            emitter.fail(problem.exception());
        }
    }
}
