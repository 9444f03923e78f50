package io.telltale.post;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.post.BodyReader.Chunk;
import io.telltale.post.PostBody.UnreadableBodyException;
import io.telltale.streams.Concatenation;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** Parses chunks of a body into batches of valid readings, and reports each element to the outcome. */
final class BatchParser {

    private final PostBody body;
    private final PostScope scope;
    private final PostOutcome outcome;
    private final Clock clock;
    private final Executor eventLoop;

    /** The elements of one batch, before the scope of the caller is applied. */
    private record Elements(List<PostedElement> list, boolean areLast) {}

    BatchParser(PostBody body, PostScope scope, PostOutcome outcome, Clock clock, Executor eventLoop) {
        this.body = body;
        this.scope = scope;
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
                () -> Uni.createFrom().item(this::nextElements).chain(parsed -> scope.checked(parsed.list())
                        .emitOn(eventLoop)
                        .map(checked -> batch(checked, parsed.areLast()))),
                batch -> !batch.isLast());
    }

    private Elements nextElements() {
        List<PostedElement> elements = new ArrayList<>();
        try {
            if (!body.isReadable()) {
                return new Elements(elements, false);
            }
        } catch (UnreadableBodyException e) {
            throw badRequest(e);
        }
        long nowMillis = clock.millis();
        ReadingBatch size = new ReadingBatch();
        while (!size.isFull()) {
            PostedElement element = body.next(nowMillis);
            if (element == null) {
                return new Elements(elements, true);
            }
            elements.add(element);
            size.add(element);
        }
        return new Elements(elements, false);
    }

    private ReadingBatch batch(List<PostedElement> checked, boolean isLast) {
        ReadingBatch batch = new ReadingBatch();
        for (PostedElement element : checked) {
            outcome.addElement(element);
            batch.add(element);
        }
        if (isLast) {
            batch.markLast();
        }
        return batch;
    }

    private static RuntimeException badRequest(UnreadableBodyException e) {
        return Problem.of(ProblemCode.BAD_REQUEST, String.valueOf(e.getMessage()))
                .exception();
    }
}
