package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.settings.RecurringWarning;
import io.telltale.store.StoreUnavailableException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.HttpHeaders;
import java.io.IOException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Sends a body chunk by chunk, each when the one before has left: what the client does not read is not read from the
 * store either. What fails before the first chunk is answered as a problem; what fails later breaks the connection, so
 * that a short answer never looks complete.
 */
final class BodyStream {

    private static final Logger log = Logger.getLogger(BodyStream.class);
    /** An outage breaks off all streams at once. */
    private static final RecurringWarning UNAVAILABLE = new RecurringWarning(log, Logger.Level.WARN);

    private static final RecurringWarning UNFORESEEN = new RecurringWarning(log, Logger.Level.ERROR);

    static final byte[] NOTHING = {};

    /** A client that takes no chunk for so long is as good as gone, and its place is somebody else's. */
    private static final Duration STALLED = Duration.ofMinutes(1);

    private BodyStream() {}

    /**
     * Sends an opening and then the chunks, through gzip if the request takes that. Quarkus ends the response: were it
     * ended here, an answer that is there at once would be over before Quarkus has its handlers in place.
     *
     * @param opening what leads the body. It leaves with the first chunk: were it sent before, it could not be told any
     *     more that the store is away
     * @param meta what the answer is, told by its headers
     * @return completes when the whole body is sent; a failure goes to {@link #orBreakOff}
     */
    static Uni<Void> send(
            byte[] opening, Multi<byte[]> chunks, String mediaType, Meta meta, HttpServerRequest request) {
        HttpServerResponse response = request.response();
        boolean isGzipped = GzippedBody.isAccepted(request.getHeader(HttpHeaders.ACCEPT_ENCODING));
        Head head = new Head(mediaType, isGzipped, meta, Buffer.buffer(isGzipped ? NOTHING : opening));
        return (isGzipped ? GzippedBody.of(opening, chunks) : chunks)
                .onItem()
                .transformToUniAndConcatenate(chunk -> write(head, chunk, response))
                .collect()
                .last()
                .chain(() -> response.headWritten() ? Uni.createFrom().voidItem() : write(head, NOTHING, response));
    }

    /**
     * What is sent, or, where that fails after its first chunk, a connection that breaks. Goes around all that has to know
     * when the sending is over: of one that broke off Quarkus is never told anything, since it would answer.
     *
     * @return fails as long as nothing was sent
     */
    static Uni<Void> orBreakOff(Uni<Void> sending, HttpServerRequest request) {
        HttpServerResponse response = request.response();
        return sending.onFailure(failure -> response.headWritten()).recoverWithUni(failure -> {
            breakOff(failure, response);
            return Uni.createFrom().nothing();
        });
    }

    private static void breakOff(Throwable failure, HttpServerResponse response) {
        if (failure instanceof StoreUnavailableException) {
            UNAVAILABLE.say("A stream broke off, and so does its connection: " + failure.getMessage());
        } else if (failure instanceof IOException) {
            log.debugf("A client left in the middle of a stream: %s", failure.toString());
        } else {
            UNFORESEEN.say("A stream broke off, and so does its connection", failure);
        }
        response.reset();
    }

    private static Uni<Void> write(Head head, byte[] chunk, HttpServerResponse response) {
        Buffer bytes = response.headWritten()
                ? Buffer.buffer(chunk)
                : head.prepare(response).appendBytes(chunk);
        return Uni.createFrom()
                .completionStage(() -> response.write(bytes).toCompletionStage())
                .ifNoItem()
                .after(STALLED)
                .failWith(() -> new IOException("the client took nothing for %s".formatted(STALLED)));
    }

    /**
     * What leads a stream.
     *
     * @param opening what comes before the first chunk
     */
    private record Head(String mediaType, boolean isGzipped, Meta meta, Buffer opening) {

        /** Prepares the head; gives what has to come before the first chunk. */
        Buffer prepare(HttpServerResponse response) {
            response.setStatusCode(200)
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, mediaType)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    .putHeader(HttpHeaders.VARY, "Accept, Accept-Encoding");
            if (isGzipped) {
                response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
            }
            meta.headers().forEach(response::putHeader);
            return opening.copy();
        }
    }
}
