package io.telltale.post;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.AsyncLimiter;
import io.telltale.api.CallerCredential;
import io.telltale.api.CallerLimiter;
import io.telltale.api.ContentCoding;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.RegisteredSensors;
import io.telltale.api.RequestDrain;
import io.telltale.post.BodyReader.Chunk;
import io.telltale.streams.Concatenation;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One POST on its way to Kafka. Everything happens on the event loop of the connection.
 *
 * <p>The first failure ends the POST: nothing more is read or sent. The answer waits for what is in flight, so that it
 * says what Kafka has. The memory is released when nothing of the POST is held any more, however it ended.
 */
final class PostSession {

    /** What every POST needs: received chunks, a line, the window in flight, the list of rejected readings. */
    static final int WORKING_BYTES = 512 << 10;

    /** The interval of the checks of timeouts. */
    private static final long CHECK_MILLIS = 250;

    private final HttpServerRequest request;
    private final Vertx vertx;
    private final PostTimeouts timeouts;
    private final Executor eventLoop;

    private final PostMemoryBudget budget;
    private final CallerLimiter.Permit memory;
    private final BodyReader body;
    private final @Nullable CompressedBody compressed;
    private final BatchParser parser;
    private final BatchSender sender;
    private final PostOutcome outcome = new PostOutcome();

    /** Completes when the POST fails outside of its pipeline, and cancels it. */
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private long timer;

    /** What all POSTs share. */
    record Shared(
            PostMemoryBudget memory,
            PostTopics topics,
            PostProducer producer,
            RegisteredSensors sensors,
            Clock clock,
            Vertx vertx) {}

    /**
     * @param request paused
     * @param format parses the decompressed body
     * @param scope decides which readings the caller may send
     * @param caller whose part of the memory it takes
     * @param bytes the most that this POST holds in memory at once
     */
    PostSession(
            HttpServerRequest request,
            ContentCoding coding,
            PostBody format,
            PostScope scope,
            CallerCredential caller,
            long bytes,
            Shared shared,
            PostTimeouts timeouts,
            Executor eventLoop) {
        this.request = request;
        this.vertx = shared.vertx;
        this.timeouts = timeouts;
        this.eventLoop = eventLoop;
        this.budget = shared.memory;
        this.memory = budget.permit(caller, bytes);
        this.body = new BodyReader(request, timeouts, shared.clock);
        this.compressed = coding == ContentCoding.IDENTITY ? null : new CompressedBody(coding);
        this.parser = new BatchParser(format, scope, outcome, shared.clock, eventLoop);
        this.sender = new BatchSender(
                shared.topics, shared.producer, shared.clock, timeouts.kafka(), eventLoop, outcome, this::stop);
    }

    /**
     * The path of a POST, from memory to the answer. Subscribe once, on the event loop.
     *
     * @return fails with a problem if the POST failed or no reading was accepted
     */
    Uni<PostResult> run() {
        return Uni.createFrom()
                .voidItem()
                .invoke(this::start)
                .chain(() -> orStopped(acquireMemory().chain(() -> chunks().plug(Concatenation.streams(parser::batches))
                        .plug(Concatenation.unis(sender::send))
                        .collect()
                        .last())))
                // From here on nothing more is read or sent.
                .onFailure()
                .invoke(outcome::fail)
                .onFailure()
                .recoverWithNull()
                .chain(sender::settled)
                .map(ignored -> outcome.result())
                .onItemOrFailure()
                .invoke(this::close)
                .onCancellation()
                .invoke(() -> eventLoop.execute(this::close));
    }

    private Multi<Chunk> chunks() {
        return compressed == null ? body.chunks() : body.chunks().plug(Concatenation.streams(compressed::decompressed));
    }

    private void start() {
        timer = vertx.setPeriodic(CHECK_MILLIS, ignored -> checkTimeouts());
        request.exceptionHandler(disconnected -> stop(
                Problem.of(ProblemCode.BAD_REQUEST, "the client disconnected").exception()));
    }

    private Uni<Void> acquireMemory() {
        return memory.acquire()
                .onFailure(CallerLimiter.CallerFullException.class)
                .transform(full -> tooMany())
                .onFailure(AsyncLimiter.FullException.class)
                .transform(full -> busy("%d more wait for it".formatted(PostMemoryBudget.MAX_WAITING)))
                .ifNoItem()
                .after(timeouts.memory())
                .failWith(() -> busy("none was released within %s".formatted(timeouts.memory())))
                .emitOn(eventLoop);
    }

    private ProblemException busy(String reason) {
        String used = memory.waitsForCaller()
                ? "other POSTs of this credential use all memory of telltale.posts.held-bytes-per-caller"
                : "other POSTs use all memory of telltale.posts.held-bytes";
        return Problem.of(ProblemCode.UNAVAILABLE, "%s, and %s; send it again later".formatted(used, reason))
                .exception();
    }

    private ProblemException tooMany() {
        return Problem.of(
                        ProblemCode.TOO_MANY,
                        ("%d POSTs of this credential wait for memory on this replica; expected at most these beside "
                                        + "those that hold telltale.posts.held-bytes-per-caller=%d")
                                .formatted(PostMemoryBudget.MAX_WAITING_PER_CALLER, budget.perCaller()))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    /** Cancels the pipeline when the client disconnects or a batch in flight fails. */
    private Uni<Void> orStopped(Uni<Void> pipeline) {
        return Uni.combine().any().of(pipeline, Uni.createFrom().completionStage(stopped));
    }

    private void checkTimeouts() {
        body.checkTimeouts();
        sender.checkTimeout();
    }

    private void stop(Throwable reason) {
        outcome.fail(reason);
        stopped.complete(null);
    }

    private void close() {
        vertx.cancelTimer(timer);
        if (compressed != null) {
            compressed.close();
        }
        sender.idle().subscribe().with(ignored -> memory.release());
        RequestDrain.discard(request, vertx);
    }
}
