package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.GzippedBody;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.StoreUnavailableException;
import io.telltale.streams.Concatenation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
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
 * Sends a body chunk by chunk with backpressure: it holds a few unsent chunks, and while a client does not read,
 * neither does the store. A failure before the first chunk is answered as a problem. A later failure resets the
 * connection, so that a truncated response never looks complete.
 */
@Singleton
class ResponseStream {

    private static final Logger log = Logger.getLogger(ResponseStream.class);
    /** Rate-limited, because an outage ends all streams at the same time. */
    private static final RateLimitedLog UNAVAILABLE = new RateLimitedLog(log, Logger.Level.WARN);

    private static final RateLimitedLog UNEXPECTED = new RateLimitedLog(log, Logger.Level.ERROR);

    static final byte[] EMPTY = {};

    private final Duration stalled;

    @Inject
    ResponseStream(QueryConfig config) {
        this(Bounds.within("telltale.query.stalled", config.stalled(), Duration.ofSeconds(1), Duration.ofMinutes(10)));
    }

    /** @param stalled the time without progress after which a client is disconnected, to free its permit */
    ResponseStream(Duration stalled) {
        this.stalled = stalled;
    }

    /**
     * Sends an opening and then the chunks, through gzip if the request accepts it. Quarkus must end the response:
     * ending it here could finish a short response before Quarkus has installed its handlers.
     *
     * <p>To a HEAD request only the head is sent, and the chunks are not created.
     *
     * @param opening the start of the body. It is sent with the first chunk, so that an unavailable store can still be
     *     reported
     * @param headers headers of this response, besides those of all streams
     * @return completes when the body is sent, except for the connection's own buffers; pass failures to
     *     {@link #orBreakOff}
     */
    Uni<Void> send(
            byte[] opening,
            Multi<byte[]> chunks,
            String mediaType,
            Map<String, String> headers,
            HttpServerRequest request) {
        HttpServerResponse response = request.response();
        boolean isGzipped = GzippedBody.isAccepted(request.getHeader(HttpHeaders.ACCEPT_ENCODING));
        Head head = new Head(mediaType, isGzipped, headers, Buffer.buffer(isGzipped ? EMPTY : opening));
        return Uni.createFrom().deferred(() -> {
            UnsentBytes unsent = new UnsentBytes(response, stalled);
            return body(request, isGzipped ? GzippedBody.of(opening, chunks) : chunks)
                    .plug(Concatenation.unis(chunk -> unsent.write(head.withHead(chunk, response))))
                    .collect()
                    .last()
                    .chain(() -> response.headWritten()
                            ? Uni.createFrom().voidItem()
                            : unsent.write(head.withHead(EMPTY, response)))
                    .chain(unsent::awaitEnd);
        });
    }

    private static Multi<byte[]> body(HttpServerRequest request, Multi<byte[]> chunks) {
        return HttpMethod.HEAD.equals(request.method()) ? Multi.createFrom().empty() : chunks;
    }

    /**
     * Resets the connection if sending fails after the first chunk. Apply it last: the result of a reset stream never
     * terminates, because Quarkus would send a response.
     *
     * @return fails if nothing was sent
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
            UNAVAILABLE.say("Stream reset, because the store is unavailable: " + failure.getMessage());
        } else if (failure instanceof IOException) {
            log.debugf("Client disconnected during a stream: %s", failure.toString());
        } else {
            UNEXPECTED.say("Stream reset after an unexpected failure", failure);
        }
        response.reset();
    }

    /**
     * The bytes that were written to the connection and not sent yet. Counted here, because a connection on another
     * thread counts a chunk only when that thread handles it.
     */
    private static final class UnsentBytes {
        /** The next chunk is created while at most this much is unsent. */
        private static final long MAX_BYTES = 128 << 10;

        /** The amount that the end of a response does not wait for: it fits into the buffers of any connection. */
        private static final long MAX_BYTES_AT_END = 32 << 10;

        /** Chunks of 512 KB are written in pieces, because a write reports no progress before all of it is sent. */
        private static final int PIECE_BYTES = 32 << 10;

        private final HttpServerResponse response;
        private final Duration stalled;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicLong piecesSent = new AtomicLong();
        private volatile @Nullable Throwable failure;
        private volatile Wait wait = new Wait(MAX_BYTES, 0, Promise.promise());

        /** A wait until at most {@code maxBytes} are unsent and at least {@code piecesSent} pieces are sent. */
        private record Wait(long maxBytes, long piecesSent, Promise<Void> end) {}

        UnsentBytes(HttpServerResponse response, Duration stalled) {
            this.response = response;
            this.stalled = stalled;
        }

        /** Completes when the next chunk may be written; fails if this or an earlier chunk could not be sent. */
        Uni<Void> write(Buffer chunk) {
            int at = 0;
            do {
                int end = Math.min(at + PIECE_BYTES, chunk.length());
                writePiece(chunk.slice(at, end));
                at = end;
            } while (at < chunk.length());
            return awaitSent(MAX_BYTES, 0);
        }

        private void writePiece(Buffer piece) {
            int length = piece.length();
            bytes.addAndGet(length);
            response.write(piece).onComplete(sent -> {
                if (sent.failed()) {
                    failure = sent.cause();
                }
                piecesSent.incrementAndGet();
                bytes.addAndGet(-length);
                check();
            });
        }

        /**
         * Completes when the head and almost the whole body are sent. The head must be sent before Quarkus continues:
         * Quarkus removes the content type and adds it again, so a head that still waits for the connection's thread
         * could lose it.
         */
        Uni<Void> awaitEnd() {
            return awaitSent(MAX_BYTES_AT_END, 1);
        }

        private Uni<Void> awaitSent(long maxBytes, long piecesSent) {
            Wait next = new Wait(maxBytes, piecesSent, Promise.promise());
            // Set before the check: otherwise the last piece could be sent in between and end no wait.
            wait = next;
            check();
            Future<Void> end = next.end().future();
            return end.succeeded()
                    ? Uni.createFrom().voidItem()
                    : unlessStalled(Uni.createFrom().completionStage(end::toCompletionStage));
        }

        private void check() {
            Wait current = wait;
            Throwable failed = failure;
            if (failed != null) {
                current.end().tryFail(failed);
            } else if (bytes.get() <= current.maxBytes() && piecesSent.get() >= current.piecesSent()) {
                current.end().tryComplete();
            }
        }

        private Uni<Void> unlessStalled(Uni<Void> end) {
            long before = piecesSent.get();
            return end.ifNoItem()
                    .after(stalled)
                    .recoverWithUni(() -> piecesSent.get() > before
                            ? unlessStalled(end)
                            : Uni.createFrom()
                                    .failure(new IOException(
                                            "the client took less than %d KiB in telltale.query.stalled=%s"
                                                    .formatted(PIECE_BYTES >> 10, stalled))));
        }
    }

    /**
     * The head of a stream.
     *
     * @param opening the start of the body, before the first chunk
     */
    private record Head(String mediaType, boolean isGzipped, Map<String, String> headers, Buffer opening) {

        /** Returns the bytes to write for a chunk. For the first one, sets the head and prepends the opening. */
        Buffer withHead(byte[] chunk, HttpServerResponse response) {
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
