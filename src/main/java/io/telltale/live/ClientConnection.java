package io.telltale.live;

import io.telltale.api.CallerCredential;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.concurrent.Executor;

/**
 * The connection of a subscriber.
 *
 * @param credential of the client
 * @param eventLoop executes all writes
 * @param abort resets the connection
 * @param onLeave called once when the subscriber has left, whichever side ended the stream
 */
record ClientConnection(
        CallerCredential credential,
        Executor eventLoop,
        WriteStream<Buffer> stream,
        Runnable abort,
        Runnable onLeave) {}
