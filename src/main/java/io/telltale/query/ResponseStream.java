package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.StoreUnavailableException;
import io.telltale.streams.Concatenation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends a body chunk by chunk, and never holds more than a few that have not left yet: what the client does not read is not
 * read from the store either. What fails before the first chunk is answered as a problem; what fails later breaks the connection, so
 * that a short answer never looks complete.
 */
@Singleton
class ResponseStream {

    private static final Logger log = Logger.getLogger(ResponseStream.class);
    /** An outage breaks off all streams at once. */
    private static final RateLimitedLog UNAVAILABLE = new RateLimitedLog(log, Logger.Level.WARN);

    private static final RateLimitedLog UNFORESEEN = new RateLimitedLog(log, Logger.Level.ERROR);

    static final byte[] NOTHING = {};

    private final Duration stalled;

    @Inject
    ResponseStream(QueryConfig config) {
        this(Bounds.within("telltale.query.stalled", config.stalled(), Duration.ofSeconds(1), Duration.ofMinutes(10)));
    }

    /** @param stalled a client that takes nothing for so long is as good as gone, and its place is somebody else's */
    ResponseStream(Duration stalled) {
        this.stalled = stalled;
    }

    /**
     * Sends an opening and then the chunks, through gzip if the request takes that. Quarkus ends the response: were it
     * ended here, an answer that is there at once would be over before Quarkus has its handlers in place.
     *
     * @param opening what leads the body. It leaves with the first chunk: were it sent before, it could not be told any
     *     more that the store is away
     * @param headers those of this answer, beside the ones that all have
     * @return completes when the body is sent, but for what the connection's own buffers take; a failure goes to {@link #orBreakOff}
     */
    Uni<Void> send(
            byte[] opening,
            Multi<byte[]> chunks,
            String mediaType,
            Map<String, String> headers,
            HttpServerRequest request) {
        HttpServerResponse response = request.response();
        boolean isGzipped = GzippedBody.isAccepted(request.getHeader(HttpHeaders.ACCEPT_ENCODING));
        Head head = new Head(mediaType, isGzipped, headers, Buffer.buffer(isGzipped ? NOTHING : opening));
        return Uni.createFrom().deferred(() -> {
            OnTheWay onTheWay = new OnTheWay(response, stalled);
            return (isGzipped ? GzippedBody.of(opening, chunks) : chunks)
                    .plug(Concatenation.unis(chunk -> onTheWay.write(head.before(chunk, response))))
                    .collect()
                    .last()
                    .chain(() -> response.headWritten()
                            ? Uni.createFrom().voidItem()
                            : onTheWay.write(head.before(NOTHING, response)))
                    .chain(onTheWay::isOver);
        });
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

    /**
     * What was given to the connection and has not left. It is counted here, since a connection that belongs to another
     * thread knows of a chunk only when that thread comes to it.
     */
    private static final class OnTheWay {
        /** While no more is on the way the next chunk is made; beyond, that waits. */
        private static final long MOST_BYTES = 128 << 10;

        /** What the buffers of a connection take in any case: so much is not waited for at the end. */
        private static final long LAST_BYTES = 32 << 10;

        /**
         * A chunk is half a megabyte, and a connection tells of it when all of it has left. By pieces it is seen that a slow
         * client takes something.
         */
        private static final int PIECE_BYTES = 32 << 10;

        private final HttpServerResponse response;
        private final Duration stalled;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicLong piecesTaken = new AtomicLong();
        private volatile @Nullable Throwable lost;
        private volatile Waiting waiting = new Waiting(MOST_BYTES, 0, Promise.promise());

        /** The wait until no more than that is on the way, and so many pieces have left at least. */
        private record Waiting(long most, long piecesTaken, Promise<Void> over) {}

        OnTheWay(HttpServerResponse response, Duration stalled) {
            this.response = response;
            this.stalled = stalled;
        }

        /** Completes when there is room for the next chunk; fails if this or one before did not leave. */
        Uni<Void> write(Buffer chunk) {
            int at = 0;
            do {
                int end = Math.min(at + PIECE_BYTES, chunk.length());
                writePiece(chunk.slice(at, end));
                at = end;
            } while (at < chunk.length());
            return thereIs(MOST_BYTES, 0);
        }

        private void writePiece(Buffer piece) {
            int length = piece.length();
            bytes.addAndGet(length);
            response.write(piece).onComplete(left -> {
                if (left.failed()) {
                    lost = left.cause();
                }
                piecesTaken.incrementAndGet();
                bytes.addAndGet(-length);
                look();
            });
        }

        /**
         * Completes when all has left, but for a little; the head has in any case. Quarkus goes on with the same headers, by
         * taking the content type out and putting it in again: a head that waits for the connection's thread would now and then
         * leave without it.
         */
        Uni<Void> isOver() {
            return thereIs(LAST_BYTES, 1);
        }

        private Uni<Void> thereIs(long most, long piecesTaken) {
            Waiting next = new Waiting(most, piecesTaken, Promise.promise());
            // Before it is looked at: else the last piece might leave in between, and nobody would be told.
            waiting = next;
            look();
            Future<Void> over = next.over().future();
            return over.succeeded()
                    ? Uni.createFrom().voidItem()
                    : unlessStalled(Uni.createFrom().completionStage(over::toCompletionStage));
        }

        private void look() {
            Waiting current = waiting;
            Throwable failure = lost;
            if (failure != null) {
                current.over().tryFail(failure);
            } else if (bytes.get() <= current.most() && piecesTaken.get() >= current.piecesTaken()) {
                current.over().tryComplete();
            }
        }

        private Uni<Void> unlessStalled(Uni<Void> over) {
            long before = piecesTaken.get();
            return over.ifNoItem()
                    .after(stalled)
                    .recoverWithUni(() -> piecesTaken.get() > before
                            ? unlessStalled(over)
                            : Uni.createFrom()
                                    .failure(new IOException(
                                            "the client took less than %d KiB in telltale.query.stalled=%s"
                                                    .formatted(PIECE_BYTES >> 10, stalled))));
        }
    }

    /**
     * What leads a stream.
     *
     * @param opening what comes before the first chunk
     */
    private record Head(String mediaType, boolean isGzipped, Map<String, String> headers, Buffer opening) {

        /** A chunk, with what has to come before it if it is the first; then the head is prepared. */
        Buffer before(byte[] chunk, HttpServerResponse response) {
            if (response.headWritten()) {
                return Buffer.buffer(chunk);
            }
            response.setStatusCode(200)
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, mediaType)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    .putHeader(HttpHeaders.VARY, "Accept, Accept-Encoding");
            if (isGzipped) {
                response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
            }
            headers.forEach(response::putHeader);
            return opening.copy().appendBytes(chunk);
        }
    }
}
