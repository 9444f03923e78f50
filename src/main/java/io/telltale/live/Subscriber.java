package io.telltale.live;

import io.telltale.live.LiveEvent.Gap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
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

    private final Subscription subscription;
    private final DeliveryPolicy policy;
    private final Connection connection;
    private final Runnable onGap;
    private final EventQueue eventQueue;
    private final EventQueue held;
    private Stage stage = Stage.CONNECTING;
    private boolean isMissingEvents;

    /** The id line of the last event that was written, and of the last that was to be. */
    private byte[] lastWritten = {};

    private byte[] lastOffered = {};
    private @Nullable Runnable onCapacity;
    private Runnable onLeave = () -> {};
    private boolean hasLeft;

    /** How many heartbeats in a row found that nothing had been taken, though something waits. */
    private int heartbeatsMissed;

    /** Whether a drain is under way or, before {@link #open}, cannot be yet. */
    private boolean isDraining = true;

    // Touched on the event loop only.
    private boolean isOpen;
    private boolean isClosing;

    private enum Stage {
        /** Where it begins is not known. */
        CONNECTING,
        CATCHING_UP,
        BUFFERING,
        LIVE
    }

    /**
     * Where its events go.
     *
     * @param eventLoop the connection's, on which all is written
     * @param abort breaks the connection
     * @param onLeave called once when it has left, whoever ended it
     */
    record Connection(Executor eventLoop, WriteStream<Buffer> stream, Runnable abort, Runnable onLeave) {}

    /**
     * How it is treated.
     *
     * @param waitingEvents how many events may wait
     * @param stalledHeartbeats how many heartbeats in a row it may take nothing, though something waits
     */
    record DeliveryPolicy(Mode mode, int waitingEvents, int stalledHeartbeats) {}

    /**
     * One who is about to watch.
     *
     * @param onGap called once for each gap because it reads slowly, on the tail's thread
     */
    Subscriber(Subscription subscription, DeliveryPolicy policy, Connection connection, Runnable onGap) {
        this.subscription = subscription;
        this.policy = policy;
        this.connection = connection;
        this.onGap = onGap;
        this.eventQueue = EventQueue.in(policy.mode());
        this.held = EventQueue.in(policy.mode());
    }

    Subscription subscription() {
        return subscription;
    }

    Mode mode() {
        return policy.mode();
    }

    /** To be called on the event loop, once, when the head of the answer is written. Until then events wait. */
    void open() {
        isOpen = true;
        if (isClosing) {
            end();
        } else {
            drain();
        }
    }

    /** Says where it begins; whether what the tail brings from now on is for it. */
    synchronized void begin(byte[] id, boolean isLive) {
        stage = isLive ? Stage.LIVE : Stage.CATCHING_UP;
        add(LiveEvent.watching(id));
        lastWritten = id;
    }

    /** Whether what the tail brings is for it. */
    synchronized boolean isReceiving() {
        return stage == Stage.BUFFERING || stage == Stage.LIVE;
    }

    /** Hands over an event of the tail. */
    void offer(LiveEvent event) {
        synchronized (this) {
            switch (stage) {
                case CONNECTING, CATCHING_UP -> {
                    return;
                }
                case BUFFERING -> {
                    hold(event);
                    return;
                }
                case LIVE -> {
                    if (eventQueue.size() >= policy.waitingEvents() && eventQueue.growsBy(event)) {
                        dropWaiting();
                    }
                    add(event);
                }
            }
        }
        drainSoon();
    }

    private void hold(LiveEvent event) {
        if (held.size() >= policy.waitingEvents() && held.growsBy(event)) {
            // Read too slowly to be met here. It will be read for it.
            held.clear();
            stage = Stage.CATCHING_UP;
        } else {
            held.add(event);
        }
    }

    private void dropWaiting() {
        eventQueue.dropReadings();
        if (!isMissingEvents) {
            isMissingEvents = true;
            onGap.run();
        }
    }

    /** Hands over an event that was read for it alone, who is to ask {@link #hasCapacity} before. */
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
    synchronized boolean hasCapacity(Runnable otherwise) {
        if (eventQueue.size() < policy.waitingEvents() / 2) {
            return true;
        }
        onCapacity = otherwise;
        return false;
    }

    /** From now on what the tail brings is held for it. */
    synchronized void startBuffering() {
        held.clear();
        stage = Stage.BUFFERING;
    }

    /** It is behind again: what the tail brings is none of its business. */
    synchronized void stopBuffering() {
        held.clear();
        stage = Stage.CATCHING_UP;
    }

    /**
     * Gives what is held, and what comes from now on; false if too much came meanwhile, so that it is still behind.
     *
     * @param before what is given before that; null if nothing
     */
    boolean release(@Nullable LiveEvent before) {
        synchronized (this) {
            if (stage != Stage.BUFFERING) {
                return false;
            }
            if (eventQueue.size() + (before == null ? 0 : 1) + held.size() > policy.waitingEvents()) {
                held.clear();
                stage = Stage.CATCHING_UP;
                return false;
            }
            if (before != null) {
                add(before);
            }
            held.events().forEach(this::add);
            held.clear();
            stage = Stage.LIVE;
        }
        drainSoon();
        return true;
    }

    /** Says what is to be stopped when it leaves; at once if it has. */
    void onLeave(Runnable action) {
        synchronized (this) {
            if (!hasLeft) {
                onLeave = action;
                return;
            }
        }
        action.run();
    }

    void leave() {
        Runnable action;
        synchronized (this) {
            hasLeft = true;
            action = onLeave;
            onCapacity = null;
        }
        action.run();
        connection.onLeave().run();
    }

    private void add(LiveEvent event) {
        eventQueue.add(event);
        lastOffered = event.id();
    }

    /**
     * Says that it is still there, unless something waits that says so.
     *
     * @param id where the tail is
     * @return false if it has taken nothing for so long that its client is as good as gone
     */
    boolean heartbeat(byte[] id) {
        synchronized (this) {
            if (eventQueue.size() > 0) {
                heartbeatsMissed++;
                return heartbeatsMissed < policy.stalledHeartbeats();
            }
            if (stage == Stage.CONNECTING) {
                return true;
            }
            add(LiveEvent.heartbeat(stage == Stage.LIVE ? id : lastOffered));
        }
        drainSoon();
        return true;
    }

    /** Ends the stream of a client that would not hear it. */
    void abort() {
        connection.eventLoop().execute(() -> {
            if (isOpen) {
                isOpen = false;
                connection.abort().run();
            }
        });
    }

    /** Says that the server is going, after everything that waits, and ends the stream. */
    void goodbye() {
        connection.eventLoop().execute(() -> {
            isClosing = true;
            if (isOpen) {
                end();
            }
        });
    }

    private void end() {
        isOpen = false;
        Buffer all = takeAll();
        append(all, LiveEvent.goodbye(lastWritten));
        connection.stream().end(all);
    }

    private void drainSoon() {
        synchronized (this) {
            if (isDraining) {
                return;
            }
            isDraining = true;
        }
        connection.eventLoop().execute(this::drain);
    }

    private void drain() {
        if (!isOpen) {
            return;
        }
        if (connection.stream().writeQueueFull()) {
            connection.stream().drainHandler(ignored -> drain());
            return;
        }
        Buffer all = takeAll();
        if (all.length() > 0) {
            connection.stream().write(all);
        }
    }

    private Buffer takeAll() {
        Buffer all;
        Runnable taken;
        synchronized (this) {
            all = Buffer.buffer(length(eventQueue.events()));
            isDraining = false;
            heartbeatsMissed = 0;
            if (isMissingEvents) {
                isMissingEvents = false;
                // Where it stopped: who resumes there gets what was dropped.
                append(all, LiveEvent.gap(lastWritten, Gap.SLOW_CLIENT));
            }
            for (LiveEvent event : eventQueue.events()) {
                append(all, event);
                lastWritten = event.id();
            }
            eventQueue.clear();
            taken = onCapacity;
            onCapacity = null;
        }
        if (taken != null) {
            taken.run();
        }
        return all;
    }

    private static int length(Iterable<LiveEvent> events) {
        int length = 0;
        for (LiveEvent event : events) {
            length += event.id().length + event.body().length;
        }
        return length;
    }

    private static void append(Buffer all, LiveEvent event) {
        all.appendBytes(event.id()).appendBytes(event.body());
    }
}
