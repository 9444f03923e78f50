package io.telltale.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.CallerCredential;
import io.telltale.live.LiveEvent.Gap;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A subscriber with a connection that records its events. Its event loop runs on the calling thread. */
final class StreamClient implements WriteStream<Buffer> {

    static final int WAITING_EVENTS = 16;
    static final int STALLED_HEARTBEATS = 2;

    private static final Pattern READING = Pattern.compile("data: \\{\"sensorId\":\"([^\"]+)\".*\"value\":(\\d+)}");
    private static final Pattern GAP = Pattern.compile("event: gap\ndata: \\{\"reason\":\"([^\"]+)\"}");
    private static final Pattern NAMED = Pattern.compile("event: ([a-z-]+)\n");
    private static final Pattern ID = Pattern.compile("id: (.*)\n");

    private final Subscriber subscriber;
    private final StringBuilder text = new StringBuilder();
    private final List<Cancellable> requests = new ArrayList<>();
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private boolean isLoopRunning;
    private boolean isFull;
    private boolean isReadingOnce;
    private boolean isEnded;
    private boolean isAborted;
    private int timesLeft;
    private @Nullable Throwable failure;
    private @Nullable Handler<Void> drainHandler;

    StreamClient(Subscription subscription, Mode mode, Hub hub) {
        this(subscription, mode, hub, CallerCredential.ANONYMOUS);
    }

    StreamClient(Subscription subscription, Mode mode, Hub hub, CallerCredential credential) {
        this.subscriber = new Subscriber(
                subscription,
                new DeliveryPolicy(mode, WAITING_EVENTS, STALLED_HEARTBEATS),
                new ClientConnection(credential, this::runOnLoop, this, () -> isAborted = true, () -> timesLeft++),
                () -> hub.count(Gap.SLOW_CLIENT));
    }

    /** Runs a task on this thread after the current one, because an event loop never nests tasks. */
    private void runOnLoop(Runnable task) {
        loop.add(task);
        if (isLoopRunning) {
            return;
        }
        isLoopRunning = true;
        try {
            for (Runnable next = loop.poll(); next != null; next = loop.poll()) {
                next.run();
            }
        } finally {
            isLoopRunning = false;
        }
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** Opens the stream, on the event loop. */
    void open() {
        runOnLoop(subscriber::open);
    }

    Subscription subscription() {
        return subscriber.subscription();
    }

    /** Its readings as {@code sensor=value}, its gaps with their reason, its other events by name. */
    List<String> events() {
        return blocks().stream()
                .map(StreamClient::name)
                .flatMap(Optional::stream)
                .toList();
    }

    private List<String> blocks() {
        return List.of(text.toString().split("\n\n"));
    }

    private static Optional<String> name(String event) {
        Matcher gap = GAP.matcher(event);
        Matcher named = NAMED.matcher(event);
        Matcher reading = READING.matcher(event);
        if (gap.find()) {
            return Optional.of("gap " + gap.group(1));
        }
        if (named.find()) {
            return Optional.of(named.group(1));
        }
        return reading.find() ? Optional.of(reading.group(1) + "=" + reading.group(2)) : Optional.empty();
    }

    /** The received ids, including those of comments. */
    List<String> ids() {
        return ID.matcher(text).results().map(found -> found.group(1)).toList();
    }

    String lastId() {
        List<String> ids = ids();
        return ids.get(ids.size() - 1);
    }

    /** The id of the first event with this text in {@link #events}. */
    String idOf(String wanted) {
        for (String event : blocks()) {
            Matcher id = ID.matcher(event);
            if (name(event).filter(wanted::equals).isPresent() && id.find()) {
                return id.group(1);
            }
        }
        throw new AssertionError("%s is not among %s".formatted(wanted, events()));
    }

    EventId parsedId(String id) {
        return EventIdText.parse("lastEventId", id, subscription().fingerprint());
    }

    /** All that was received. */
    String text() {
        return text.toString();
    }

    boolean isEnded() {
        return isEnded;
    }

    boolean isAborted() {
        return isAborted;
    }

    int timesLeft() {
        return timesLeft;
    }

    void cancelOnLeave(Cancellable request) {
        requests.add(request);
    }

    void cancel() {
        requests.forEach(Cancellable::cancel);
    }

    void fail(Throwable cause) {
        failure = cause;
    }

    Throwable failure() {
        return Objects.requireNonNull(failure, "nothing failed");
    }

    boolean isFailed() {
        return failure != null;
    }

    /** Stops reading, so that events wait. */
    void block() {
        isFull = true;
    }

    /** Reads again, until it is blocked the next time. */
    void unblock() {
        isFull = false;
        Handler<Void> handler = drainHandler;
        if (handler != null) {
            runOnLoop(() -> handler.handle(null));
        }
    }

    /** Accepts one write, and blocks again. */
    void readOnce() {
        isReadingOnce = true;
        unblock();
    }

    @Override
    public Future<Void> write(Buffer data) {
        text.append(data.toString(UTF_8));
        isFull |= isReadingOnce;
        isReadingOnce = false;
        return Future.succeededFuture();
    }

    @Override
    public void write(Buffer data, Handler<AsyncResult<Void>> handler) {
        handler.handle(write(data));
    }

    @Override
    public void end(Handler<AsyncResult<Void>> handler) {
        isEnded = true;
        handler.handle(Future.succeededFuture());
    }

    @Override
    public boolean writeQueueFull() {
        return isFull;
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
        drainHandler = handler;
        return this;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }
}
