package io.telltale.live;

import io.telltale.api.CallerCredential;
import io.telltale.live.LiveEvent.Gap;
import io.vertx.core.buffer.Buffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * An open stream, and the events that wait for its connection. The tail's thread offers events; the connection's event
 * loop writes all waiting ones at once. Above the limit the waiting readings are dropped, and a {@code gap} takes their
 * place: a slow client costs bounded memory and delays no other.
 *
 * <p>A resumed subscriber catches up first: the events that it missed are read for it alone, at its own pace, and those
 * of the tail are ignored. Close to the tail, the events of the tail are buffered until the missed ones are delivered.
 * Thread-safe, except for {@link #open}.
 */
final class Subscriber {

    private final Subscription subscription;
    private final DeliveryPolicy policy;
    private final ClientConnection connection;
    private final Runnable onGap;
    private final EventQueue eventQueue;
    private final EventQueue buffer;
    private SubscriberStage stage = SubscriberStage.CONNECTING;
    private boolean isMissingEvents;
    private UnverifiedRecords.Snapshot received = UnverifiedRecords.Snapshot.EMPTY;

    /** The id line of the last written event. */
    private byte[] lastWritten = {};

    /** The id line of the last queued event. */
    private byte[] lastQueued = {};

    private @Nullable Runnable onCapacity;
    private Runnable onLeave = () -> {};
    private boolean hasLeft;

    /** The number of consecutive heartbeats without a write, while events waited. */
    private int heartbeatsMissed;

    /** Whether a drain is scheduled. Also true before {@link #open}, when nothing may be written. */
    private boolean isDraining = true;

    // Used on the event loop only.
    private boolean isOpen;
    private @Nullable Goodbye closing;

    /**
     * Creates a subscriber that has not begun.
     *
     * @param onGap called on the tail's thread, once for each gap of a slow client
     */
    Subscriber(Subscription subscription, DeliveryPolicy policy, ClientConnection connection, Runnable onGap) {
        this.subscription = subscription;
        this.policy = policy;
        this.connection = connection;
        this.onGap = onGap;
        this.eventQueue = EventQueue.of(policy.mode());
        this.buffer = EventQueue.of(policy.mode());
    }

    Subscription subscription() {
        return subscription;
    }

    CallerCredential credential() {
        return connection.credential();
    }

    Mode mode() {
        return policy.mode();
    }

    /** Starts to write. Called once, on the event loop, when the response head is written; until then events wait. */
    void open() {
        isOpen = true;
        if (closing != null) {
            end(closing);
        } else {
            drain();
        }
    }

    /**
     * Sets the first id.
     *
     * @param isLive whether events of the tail are queued from now on, without a catch-up
     */
    synchronized void begin(byte[] id, boolean isLive) {
        stage = isLive ? SubscriberStage.LIVE : SubscriberStage.CATCHING_UP;
        add(LiveEvent.watching(id));
        lastWritten = id;
    }

    /** Whether events of the tail are queued or buffered. */
    synchronized boolean isReceiving() {
        return stage == SubscriberStage.BUFFERING || stage == SubscriberStage.LIVE;
    }

    /** Offers an event of the tail. */
    void offer(LiveEvent event) {
        synchronized (this) {
            switch (stage) {
                case CONNECTING, CATCHING_UP -> {
                    return;
                }
                case BUFFERING -> {
                    buffer(event);
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

    private void buffer(LiveEvent event) {
        if (buffer.size() >= policy.waitingEvents() && buffer.growsBy(event)) {
            // The catch-up is too slow for this buffer, so it will read these events as well.
            buffer.clear();
            stage = SubscriberStage.CATCHING_UP;
        } else {
            buffer.add(event);
        }
    }

    private void dropWaiting() {
        eventQueue.dropReadings();
        if (!isMissingEvents) {
            isMissingEvents = true;
            onGap.run();
        }
    }

    /** Queues an event that was read for this subscriber alone, after a test of {@link #hasCapacity}. */
    void offerMissed(LiveEvent event) {
        synchronized (this) {
            add(event);
        }
        drainSoon();
    }

    /**
     * Whether a missed event may be queued. Missed events use half of the queue; the tail needs the rest.
     *
     * @param otherwise called once when there may be capacity again
     */
    synchronized boolean hasCapacity(Runnable otherwise) {
        if (eventQueue.size() < policy.waitingEvents() / 2) {
            return true;
        }
        onCapacity = otherwise;
        return false;
    }

    /** Starts to buffer the events of the tail. */
    synchronized void startBuffering() {
        buffer.clear();
        stage = SubscriberStage.BUFFERING;
    }

    /** Returns to a catch-up: drops the buffered events, and ignores those of the tail. */
    synchronized void stopBuffering() {
        buffer.clear();
        stage = SubscriberStage.CATCHING_UP;
    }

    /**
     * Ignores the events of the tail from now on, because the tail skips some.
     *
     * @param records that it has received if it is live, and would receive again
     * @return whether a catch-up has to begin; false if one is in progress, or the subscriber has not begun
     */
    synchronized boolean suspend(UnverifiedRecords.Snapshot records) {
        boolean isLive = stage == SubscriberStage.LIVE;
        if (isLive) {
            received = records;
        }
        if (isLive || stage == SubscriberStage.BUFFERING) {
            stopBuffering();
        }
        return isLive;
    }

    /** Whether it received a record before it was {@linkplain #suspend suspended}. */
    synchronized boolean hasReceived(ConsumerRecord<byte[], byte[]> record) {
        return received.contains(record);
    }

    /**
     * Queues the buffered events, and those of the tail from now on.
     *
     * @param before an event to queue before them; null for none
     * @return false if too many events were buffered, so that the catch-up continues
     */
    boolean goLive(@Nullable LiveEvent before) {
        synchronized (this) {
            if (stage != SubscriberStage.BUFFERING) {
                return false;
            }
            if (eventQueue.size() + (before == null ? 0 : 1) + buffer.size() > policy.waitingEvents()) {
                buffer.clear();
                stage = SubscriberStage.CATCHING_UP;
                return false;
            }
            if (before != null) {
                add(before);
            }
            buffer.events().forEach(this::add);
            buffer.clear();
            received = UnverifiedRecords.Snapshot.EMPTY;
            stage = SubscriberStage.LIVE;
        }
        drainSoon();
        return true;
    }

    /** Sets the action that stops the work for this subscriber when it leaves. Runs it now if it has left. */
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
        lastQueued = event.id();
    }

    /**
     * Queues a heartbeat, unless other events wait.
     *
     * @param id the id line of the tail's position
     * @return false if nothing was written for too many heartbeats, so that the connection is to be aborted
     */
    boolean heartbeat(byte[] id) {
        synchronized (this) {
            if (eventQueue.size() > 0) {
                heartbeatsMissed++;
                return heartbeatsMissed < policy.stalledHeartbeats();
            }
            if (stage == SubscriberStage.CONNECTING) {
                return true;
            }
            add(LiveEvent.heartbeat(stage == SubscriberStage.LIVE ? id : lastQueued));
        }
        drainSoon();
        return true;
    }

    /** Resets the connection of a client that reads nothing. */
    void abort() {
        connection.eventLoop().execute(() -> {
            if (isOpen) {
                isOpen = false;
                connection.abort().run();
            }
        });
    }

    /** Writes the waiting events and {@code goodbye}, and ends the stream. */
    void goodbye(Goodbye reason) {
        connection.eventLoop().execute(() -> {
            closing = reason;
            if (isOpen) {
                end(reason);
            }
        });
    }

    private void end(Goodbye reason) {
        isOpen = false;
        Buffer all = takeAll();
        LiveEvent.goodbye(lastWritten, reason).appendTo(all);
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
            all = Buffer.buffer(eventQueue.length());
            isDraining = false;
            heartbeatsMissed = 0;
            if (isMissingEvents) {
                isMissingEvents = false;
                // With the id of the last written event: a client that resumes there receives what was dropped.
                LiveEvent.gap(lastWritten, Gap.SLOW_CLIENT).appendTo(all);
            }
            for (LiveEvent event : eventQueue.events()) {
                event.appendTo(all);
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
}
