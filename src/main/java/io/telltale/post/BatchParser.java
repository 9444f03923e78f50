package io.telltale.post;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.post.BodyReader.Chunk;
import io.telltale.post.PostBody.UnreadableBodyException;
import io.telltale.streams.Concatenation;
import java.time.Clock;
import java.util.concurrent.Executor;

/** Parses chunks of a body into batches of valid readings, and reports each element to the outcome. */
final class BatchParser {

    private final PostBody body;
    private final PostOutcome outcome;
    private final Clock clock;
    private final Executor eventLoop;

    BatchParser(PostBody body, PostOutcome outcome, Clock clock, Executor eventLoop) {
        this.body = body;
        this.outcome = outcome;
        this.clock = clock;
        this.eventLoop = eventLoop;
    }

    /**
     * The batches that a chunk completes, parsed on demand.
     *
     * @return fails with a problem if nothing of the body can be read
     */
    Multi<ReadingBatch> batches(Chunk chunk) {
        try {
            if (chunk.isLast()) {
                body.end(clock.millis());
            } else {
                body.add(chunk.bytes());
            }
        } catch (UnreadableBodyException e) {
            throw badRequest(e);
        }
        // Between two batches other requests have the event loop.
        return Concatenation.repeated(
                () -> Uni.createFrom().item(this::nextBatch).emitOn(eventLoop), batch -> !batch.isLast());
    }

    private ReadingBatch nextBatch() {
        ReadingBatch batch = new ReadingBatch();
        try {
            if (!body.isReadable()) {
                return batch;
            }
        } catch (UnreadableBodyException e) {
            throw badRequest(e);
        }
        long nowMillis = clock.millis();
        while (!batch.isFull()) {
            PostedElement element = body.next(nowMillis);
            if (element == null) {
                batch.markLast();
                break;
            }
            outcome.addElement(element);
            batch.add(element);
        }
        return batch;
    }

    private static RuntimeException badRequest(UnreadableBodyException e) {
        return Problem.of(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()))
                .exception();
    }
}
