package io.telltale.live;

import io.telltale.live.LiveEvent.Gap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One who watches, and the events that wait for its connection. Events come from the tail's thread and are written on
 * the connection's event loop, all that wait in one write. Where more wait than may, the oldest are dropped and a
 * {@code gap} says so in their place: a slow reader costs bounded memory and slows nobody.
 *
 * <p>One who resumes is behind at first: what it has missed is read for it alone, as fast as it takes it, and what the tail
 * brings is none of its business. When it is close, what the tail brings is held until the rest is read.
 */
final class Subscriber {

    private final Feed feed;
    private final Executor eventLoop;
    private final WriteStream<Buffer> connection;
    private final int waitingEvents;
    private final Runnable onGap;
    private final Deque<LiveEvent> waiting = new ArrayDeque<>();
    private final Deque<LiveEvent> held = new ArrayDeque<>();
    private Stage stage = Stage.COMING;
    private boolean isMissingEvents;

    /** The id line of the last event that was written, and of the last that was to be. */
    private byte[] lastWritten = {};

    private byte[] lastOffered = {};
    private @Nullable Runnable whenTaken;

    /** Whether a drain is under way or, before {@link #open}, cannot be yet. */
    private boolean isDraining = true;

    /** Touched on the event loop only. */
    private boolean isOpen;

    private enum Stage {
        /** Where it begins is not known. */
        COMING,
        BEHIND,
        HOLDING,
        LIVE
    }

    /**
     * @param eventLoop the connection's
     * @param waitingEvents how many events may wait
     * @param onGap called once for each gap because it reads slowly, on the tail's thread
     */
    Subscriber(Feed feed, Executor eventLoop, WriteStream<Buffer> connection, int waitingEvents, Runnable onGap) {
        this.feed = feed;
        this.eventLoop = eventLoop;
        this.connection = connection;
        this.waitingEvents = waitingEvents;
        this.onGap = onGap;
    }

    Feed feed() {
        return feed;
    }

    /** To be called on the event loop, once, when the head of the answer is written. Until then events wait. */
    void open() {
        isOpen = true;
        drain();
    }

    /** Says where it begins; whether what the tail brings from now on is for it. */
    synchronized void begin(byte[] id, boolean isLive) {
        stage = isLive ? Stage.LIVE : Stage.BEHIND;
        add(LiveEvent.watching(id));
        lastWritten = id;
    }

    /** Whether what the tail brings is for it. */
    synchronized boolean isListening() {
        return stage == Stage.HOLDING || stage == Stage.LIVE;
    }

    /** Hands over an event of the tail. */
    void offer(LiveEvent event) {
        synchronized (this) {
            switch (stage) {
                case COMING, BEHIND -> {
                    return;
                }
                case HOLDING -> {
                    hold(event);
                    return;
                }
                case LIVE -> {
                    if (waiting.size() >= waitingEvents) {
                        dropWaiting();
                    }
                    add(event);
                }
            }
        }
        drainSoon();
    }

    private void hold(LiveEvent event) {
        if (held.size() >= waitingEvents) {
            // Read too slowly to be met here. It will be read for it.
            held.clear();
            stage = Stage.BEHIND;
        } else {
            held.add(event);
        }
    }

    private void dropWaiting() {
        waiting.clear();
        if (!isMissingEvents) {
            isMissingEvents = true;
            onGap.run();
        }
    }

    /** Hands over an event that was read for it alone, who is to ask {@link #hasRoom} before. */
    void offerMissed(LiveEvent event) {
        synchronized (this) {
            add(event);
        }
        drainSoon();
    }

    /**
     * Whether some of what it missed may be handed over: it leaves half of its room to what the tail brings.
     *
     * @param otherwise called once when that may be so again
     */
    synchronized boolean hasRoom(Runnable otherwise) {
        if (waiting.size() < waitingEvents / 2) {
            return true;
        }
        whenTaken = otherwise;
        return false;
    }

    /** From now on what the tail brings is held for it. */
    synchronized void hold() {
        held.clear();
        stage = Stage.HOLDING;
    }

    /** Gives what is held, and what comes from now on; false if too much came meanwhile, so that it is still behind. */
    boolean release() {
        synchronized (this) {
            if (stage != Stage.HOLDING) {
                return false;
            }
            if (waiting.size() + held.size() > waitingEvents) {
                held.clear();
                stage = Stage.BEHIND;
                return false;
            }
            held.forEach(this::add);
            held.clear();
            stage = Stage.LIVE;
        }
        drainSoon();
        return true;
    }

    private void add(LiveEvent event) {
        waiting.add(event);
        lastOffered = event.id();
    }

    /**
     * Says that it is still there, unless something waits that says so.
     *
     * @param id where the tail is
     */
    void heartbeat(byte[] id) {
        synchronized (this) {
            if (stage == Stage.COMING || !waiting.isEmpty()) {
                return;
            }
            add(LiveEvent.heartbeat(stage == Stage.LIVE ? id : lastOffered));
        }
        drainSoon();
    }

    /** Says that the server is going, after everything that waits, and ends the stream. */
    void goodbye() {
        eventLoop.execute(() -> {
            if (isOpen) {
                isOpen = false;
                Buffer all = takeAll();
                append(all, LiveEvent.goodbye(lastWritten));
                connection.end(all);
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

    private Buffer takeAll() {
        Buffer all = Buffer.buffer();
        Runnable taken;
        synchronized (this) {
            isDraining = false;
            if (isMissingEvents) {
                isMissingEvents = false;
                // Where it stopped: who resumes there gets what was dropped.
                append(all, LiveEvent.gap(lastWritten, Gap.SLOW_CLIENT));
            }
            for (LiveEvent event : waiting) {
                append(all, event);
                lastWritten = event.id();
            }
            waiting.clear();
            taken = whenTaken;
            whenTaken = null;
        }
        if (taken != null) {
            taken.run();
        }
        return all;
    }

    private static void append(Buffer all, LiveEvent event) {
        all.appendBytes(event.id()).appendBytes(event.rest());
    }
}
