package io.telltale.live;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/**
 * One who watches, and the events that wait for its connection. Events come from the tail's thread and are written on
 * the connection's event loop, all that wait in one write. Where more wait than may, the oldest are dropped and a
 * {@code gap} says so in their place: a slow reader costs bounded memory and slows nobody.
 */
final class Subscriber {

    private static final byte[] GAP =
            "event: gap\ndata: {\"reason\":\"slow-client\"}\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] HEARTBEAT = ": \n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] GOODBYE = "event: goodbye\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8);

    private final Watched watched;
    private final Executor eventLoop;
    private final WriteStream<Buffer> connection;
    private final int waitingEvents;
    private final Runnable onGap;
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private boolean isMissingEvents;

    /** Whether a drain is under way or, before {@link #open}, cannot be yet. */
    private boolean isDraining = true;

    /** Touched on the event loop only. */
    private boolean isOpen;

    /**
     * @param eventLoop the connection's
     * @param waitingEvents how many events may wait
     * @param onGap called once for each gap, on the tail's thread
     */
    Subscriber(Watched watched, Executor eventLoop, WriteStream<Buffer> connection, int waitingEvents, Runnable onGap) {
        this.watched = watched;
        this.eventLoop = eventLoop;
        this.connection = connection;
        this.waitingEvents = waitingEvents;
        this.onGap = onGap;
    }

    Watched watched() {
        return watched;
    }

    /** To be called on the event loop, once, when the head of the answer is written. Until then events wait. */
    void open() {
        isOpen = true;
        drain();
    }

    /** Hands over an event, encoded, shared with other subscribers and never changed. */
    void offer(byte[] event) {
        synchronized (this) {
            if (waiting.size() >= waitingEvents) {
                waiting.clear();
                if (!isMissingEvents) {
                    isMissingEvents = true;
                    onGap.run();
                }
            }
            waiting.add(event);
        }
        drainSoon();
    }

    void heartbeat() {
        synchronized (this) {
            if (!waiting.isEmpty()) {
                return;
            }
            waiting.add(HEARTBEAT);
        }
        drainSoon();
    }

    /** Says that the server is going, after everything that waits, and ends the stream. */
    void goodbye() {
        eventLoop.execute(() -> {
            if (isOpen) {
                isOpen = false;
                connection.end(takeAll().appendBytes(GOODBYE));
            }
        });
    }

    private void drainSoon() {
        synchronized (this) {
            if (isDraining) {
                return;
            }
            isDraining = true;
        }
        eventLoop.execute(this::drain);
    }

    private void drain() {
        if (!isOpen) {
            return;
        }
        if (connection.writeQueueFull()) {
            connection.drainHandler(ignored -> drain());
            return;
        }
        Buffer all = takeAll();
        if (all.length() > 0) {
            connection.write(all);
        }
    }

    private synchronized Buffer takeAll() {
        isDraining = false;
        Buffer all = Buffer.buffer();
        if (isMissingEvents) {
            isMissingEvents = false;
            all.appendBytes(GAP);
        }
        for (byte[] event : waiting) {
            all.appendBytes(event);
        }
        waiting.clear();
        return all;
    }
}
