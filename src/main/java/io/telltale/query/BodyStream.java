package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import org.jboss.logging.Logger;

/**
 * Sends a body chunk by chunk, each when the one before has left: what the client does not read is not read from the
 * store either. What fails before the first chunk is answered as a problem; what fails later breaks the connection, so
 * that a short answer never looks complete.
 */
final class BodyStream {

    private static final Logger log = Logger.getLogger(BodyStream.class);

    private BodyStream() {}

    /** @return completes when the whole body is sent; fails as long as nothing was */
    static Uni<Void> send(Multi<byte[]> chunks, String mediaType, HttpServerResponse response) {
        return chunks.onItem()
                .transformToUniAndConcatenate(chunk -> write(chunk, mediaType, response))
                .collect()
                .last()
                .chain(() -> {
                    head(mediaType, response);
                    return Uni.createFrom().completionStage(response.end().toCompletionStage());
                })
                .onFailure(failure -> response.headWritten())
                .recoverWithUni(failure -> {
                    log.warnf("A stream broke off, and so does its connection: %s", failure.toString());
                    response.reset();
                    return Uni.createFrom().nothing();
                });
    }

    private static Uni<Void> write(byte[] chunk, String mediaType, HttpServerResponse response) {
        head(mediaType, response);
        return Uni.createFrom()
                .completionStage(() -> response.write(Buffer.buffer(chunk)).toCompletionStage());
    }

    private static void head(String mediaType, HttpServerResponse response) {
        if (!response.headWritten()) {
            response.setStatusCode(200).setChunked(true).putHeader("Content-Type", mediaType);
            response.putHeader("Cache-Control", "no-store");
        }
    }
}
