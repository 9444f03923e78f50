package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.store.StoreUnavailableException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import org.jboss.logging.Logger;

/**
 * Sends a body chunk by chunk, each when the one before has left: what the client does not read is not read from the
 * store either. What fails before the first chunk is answered as a problem; what fails later breaks the connection, so
 * that a short answer never looks complete.
 */
final class BodyStream {

    private static final Logger log = Logger.getLogger(BodyStream.class);

    static final byte[] NOTHING = {};

    private BodyStream() {}

    /**
     * Sends an opening and then the chunks. Quarkus ends the response: were it ended here, an answer that is there at
     * once would be over before Quarkus has its handlers in place.
     *
     * @param opening what leads the body. It leaves with the first chunk: were it sent before, it could not be told any
     *     more that the store is away
     * @param meta what the answer is, told by its headers
     * @return completes when the whole body is sent; fails as long as nothing was
     */
    static Uni<Void> send(
            byte[] opening, Multi<byte[]> chunks, String mediaType, Meta meta, HttpServerResponse response) {
        return chunks.onItem()
                .transformToUniAndConcatenate(chunk -> write(opening, chunk, mediaType, meta, response))
                .collect()
                .last()
                .chain(() -> response.headWritten()
                        ? Uni.createFrom().voidItem()
                        : write(opening, NOTHING, mediaType, meta, response))
                .onFailure(failure -> response.headWritten())
                .recoverWithUni(failure -> {
                    breakOff(failure, response);
                    return Uni.createFrom().nothing();
                });
    }

    private static void breakOff(Throwable failure, HttpServerResponse response) {
        if (failure instanceof StoreUnavailableException) {
            log.warnf("A stream broke off, and so does its connection: %s", failure.getMessage());
        } else if (failure instanceof IOException) {
            log.debugf("A client left in the middle of a stream: %s", failure.toString());
        } else {
            log.error("A stream broke off, and so does its connection", failure);
        }
        response.reset();
    }

    private static Uni<Void> write(
            byte[] opening, byte[] chunk, String mediaType, Meta meta, HttpServerResponse response) {
        Buffer bytes = Buffer.buffer(head(opening, mediaType, meta, response)).appendBytes(chunk);
        return Uni.createFrom().completionStage(() -> response.write(bytes).toCompletionStage());
    }

    /** Prepares the head, the first time; gives what has to come before the next chunk. */
    private static byte[] head(byte[] opening, String mediaType, Meta meta, HttpServerResponse response) {
        if (response.headWritten()) {
            return NOTHING;
        }
        response.setStatusCode(200)
                .setChunked(true)
                .putHeader("Content-Type", mediaType)
                .putHeader("Cache-Control", "no-store");
        meta.headers().forEach(response::putHeader);
        return opening;
    }
}
