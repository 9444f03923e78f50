package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.CallerCredential;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriberTest {

    private static final byte[] NO_ID = {};
    private static final String WATCHING = ": watching\n\n";

    private final Queue<Runnable> eventLoop = new ArrayDeque<>();
    private final Connection connection = new Connection();
    private final List<String> gaps = new ArrayList<>();
    private final Subscriber subscriber = subscriber(Mode.EVERY);

    private Subscriber subscriber(Mode mode) {
        return new Subscriber(
                Subscription.of(LiveFixture.filter(Set.of(), null, null), Set.of()),
                new DeliveryPolicy(mode, 3, 2),
                new ClientConnection(
                        CallerCredential.ANONYMOUS,
                        eventLoop::add,
                        connection,
                        () -> connection.isBroken = true,
                        () -> gaps.add("left")),
                () -> gaps.add("gap"));
    }

    @BeforeEach
    void beginLive() {
        subscriber.begin(NO_ID, true);
    }

    @Test
    void writesAllWaitingEventsTogether() {
        subscriber.open();
        offer("1", "2", "3");
        runEventLoop();
        assertThat(connection.written).containsExactly("123");
        assertThat(gaps).isEmpty();
    }

    @Test
    void queuesEventsUntilItIsOpen() {
        offer("1", "2");
        runEventLoop();
        assertThat(connection.written).isEmpty();
        subscriber.open();
        assertThat(connection.written).containsExactly("12");
    }

    @Test
    void waitsUntilAFullConnectionHasDrained() {
        subscriber.open();
        connection.isFull = true;
        offer("1", "2");
        runEventLoop();
        assertThat(connection.written).isEmpty();
        connection.drain();
        assertThat(connection.written).containsExactly("12");
        offer("3");
        runEventLoop();
        assertThat(connection.written).containsExactly("12", "3");
    }

    @Test
    void sendsOneGapForAllMissedEvents() {
        subscriber.open();
        connection.isFull = true;
        for (int event = 1; event <= 8; event++) {
            offer("<" + event + ">");
            runEventLoop();
        }
        connection.drain();
        assertThat(connection.written).containsExactly("event: gap\ndata: {\"reason\":\"slow-client\"}\n\n<7><8>");
        assertThat(gaps).hasSize(1);
    }

    @Test
    void sendsAnotherGapForLaterMissedEvents() {
        subscriber.open();
        connection.isFull = true;
        offer("1", "2", "3", "4");
        runEventLoop();
        connection.drain();
        connection.isFull = true;
        offer("5", "6", "7", "8");
        runEventLoop();
        connection.drain();
        assertThat(connection.written).hasSize(2).allMatch(written -> written.startsWith("event: gap\n"));
        assertThat(gaps).hasSize(2);
    }

    @Test
    void sendsHeartbeatsOnQuietStreamsOnly() {
        subscriber.open();
        subscriber.heartbeat(NO_ID);
        runEventLoop();
        offer("1");
        subscriber.heartbeat(NO_ID);
        runEventLoop();
        assertThat(connection.written).containsExactly(": \n\n", "1");
    }

    @Test
    void queuesOneHeartbeatForAClientThatReadsNothing() {
        subscriber.open();
        connection.isFull = true;
        for (int i = 0; i < 10; i++) {
            subscriber.heartbeat(NO_ID);
            runEventLoop();
        }
        connection.drain();
        assertThat(connection.written).containsExactly(": \n\n");
        assertThat(gaps).isEmpty();
    }

    @Test
    void sendsAGapWithTheLastWrittenId() {
        subscriber.open();
        offerWithId("seen");
        runEventLoop();
        connection.isFull = true;
        for (String id : List.of("a", "b", "c", "d")) {
            offerWithId(id);
        }
        runEventLoop();
        connection.drain();
        assertThat(connection.written.get(1))
                .startsWith("id: seen\nevent: gap\n")
                .endsWith("id: d\n\n");
    }

    @Test
    void buffersEventsOfTheTailDuringACatchUp() {
        subscriber.begin(NO_ID, false);
        subscriber.open();
        runEventLoop();
        offer("not yet mine");
        subscriber.startBuffering();
        offer("3");
        subscriber.offerMissed(event("1"));
        subscriber.offerMissed(event("2"));
        assertThat(subscriber.goLive(null)).isTrue();
        runEventLoop();
        offer("4");
        runEventLoop();
        assertThat(String.join("", connection.written)).isEqualTo("1234");
    }

    @Test
    void returnsToTheCatchUpWhenItsBufferIsFull() {
        subscriber.begin(NO_ID, false);
        subscriber.open();
        runEventLoop();
        subscriber.startBuffering();
        offer("1", "2", "3", "4", "5");
        assertThat(subscriber.goLive(null)).isFalse();
        subscriber.startBuffering();
        offer("6");
        assertThat(subscriber.goLive(null)).isTrue();
        runEventLoop();
        assertThat(connection.written).containsExactly("6");
    }

    @Test
    void writesNothingAfterGoodbye() {
        subscriber.open();
        offer("1");
        subscriber.goodbye(Goodbye.SHUTDOWN);
        subscriber.goodbye(Goodbye.SHUTDOWN);
        offer("2");
        subscriber.heartbeat(NO_ID);
        runEventLoop();
        offer("3");
        runEventLoop();
        assertThat(String.join("", connection.written)).endsWith("event: goodbye\ndata: {\"reason\":\"shutdown\"}\n\n");
        assertThat(connection.ends).isEqualTo(1);
    }

    @Test
    void sendsCaughtUpBeforeBufferedEvents() {
        subscriber.begin(NO_ID, false);
        subscriber.open();
        subscriber.startBuffering();
        offer("held");
        subscriber.offerMissed(event("missed"));
        assertThat(subscriber.goLive(LiveEvent.caughtUp(NO_ID))).isTrue();
        runEventLoop();
        assertThat(String.join("", connection.written)).isEqualTo("missedevent: caught-up\ndata: {}\n\nheld");
    }

    @Test
    void keepsTheNewestOfEachSensorInOrderOfIds() {
        Subscriber latest = live(Mode.LATEST);
        connection.isFull = true;
        latest.offer(event("a", 1, "a1 "));
        latest.offer(event("b", 1, "b1 "));
        latest.offer(event("a", 3, "a3 "));
        latest.offer(event("a", 2, "late "));
        latest.offer(event("b", 1, "corrected"));
        runEventLoop();
        connection.drain();
        assertThat(connection.written).containsExactly("a3 corrected");
        assertThat(gaps).isEmpty();
    }

    @Test
    void keepsTheLatestOfAsManySensorsAsMayWait() {
        Subscriber latest = live(Mode.LATEST);
        connection.isFull = true;
        for (int round = 0; round < 100; round++) {
            for (String sensor : List.of("a", "b", "c")) {
                latest.offer(event(sensor, round, sensor + round + " "));
            }
        }
        runEventLoop();
        connection.drain();
        assertThat(connection.written).containsExactly("a99 b99 c99 ");
        connection.isFull = true;
        for (String sensor : List.of("a", "b", "c", "d")) {
            latest.offer(event(sensor, 100, sensor));
        }
        runEventLoop();
        connection.drain();
        assertThat(connection.written.get(1)).isEqualTo("event: gap\ndata: {\"reason\":\"slow-client\"}\n\nd");
        assertThat(gaps).hasSize(1);
    }

    @Test
    void abortsAClientThatReadsNothing() {
        subscriber.open();
        connection.isFull = true;
        offer("1");
        runEventLoop();
        assertThat(subscriber.heartbeat(NO_ID)).isTrue();
        connection.drain();
        connection.isFull = true;
        offer("2");
        runEventLoop();
        assertThat(subscriber.heartbeat(NO_ID)).isTrue();
        assertThat(subscriber.heartbeat(NO_ID)).isFalse();
        subscriber.abort();
        runEventLoop();
        assertThat(connection.isBroken).isTrue();
    }

    @Test
    void keepsNamedEventsWhenItDropsReadings() {
        subscriber.begin(NO_ID, false);
        subscriber.open();
        runEventLoop();
        connection.isFull = true;
        subscriber.startBuffering();
        subscriber.goLive(LiveEvent.caughtUp(NO_ID));
        offer("1", "2", "3");
        runEventLoop();
        connection.drain();
        assertThat(connection.written)
                .containsExactly("event: gap\ndata: {\"reason\":\"slow-client\"}\n\nevent: caught-up\ndata: {}\n\n3");
    }

    @Test
    void sendsGoodbyeOnAStreamThatOpensLater() {
        subscriber.goodbye(Goodbye.SHUTDOWN);
        runEventLoop();
        subscriber.open();
        assertThat(connection.written).containsExactly("event: goodbye\ndata: {\"reason\":\"shutdown\"}\n\n");
        assertThat(connection.ends).isEqualTo(1);
    }

    @Test
    void stopsTheWorkOfASubscriberThatLeft() {
        List<String> stopped = new ArrayList<>();
        subscriber.onLeave(() -> stopped.add("before"));
        subscriber.leave();
        subscriber.onLeave(() -> stopped.add("after"));
        assertThat(stopped).containsExactly("before", "after");
        assertThat(gaps).containsExactly("left");
    }

    private Subscriber live(Mode mode) {
        Subscriber live = subscriber(mode);
        live.begin(NO_ID, true);
        live.open();
        runEventLoop();
        return live;
    }

    private void offer(String... events) {
        for (String event : events) {
            subscriber.offer(event(event));
        }
    }

    private void offerWithId(String id) {
        subscriber.offer(LiveEvent.of(LiveEvent.idLine(id), reading("any", 0), "\n".getBytes(StandardCharsets.UTF_8)));
    }

    private static LiveEvent event(String text) {
        return event("any", 0, text);
    }

    private static LiveEvent event(String sensor, long millis, String text) {
        return LiveEvent.of(NO_ID, reading(sensor, millis), text.getBytes(StandardCharsets.UTF_8));
    }

    private static Reading reading(String sensor, long millis) {
        return new Reading(new SensorId(sensor), new SensorType("a"), millis, new Value.Numeric(1));
    }

    private void runEventLoop() {
        for (Runnable task = eventLoop.poll(); task != null; task = eventLoop.poll()) {
            task.run();
        }
    }

    /** A connection that is full when the test sets it. */
    private static final class Connection implements WriteStream<Buffer> {

        private final List<String> written = new ArrayList<>();
        private boolean isFull;
        private boolean isBroken;
        private int ends;
        private @Nullable Handler<Void> drainHandler;

        void drain() {
            isFull = false;
            if (drainHandler != null) {
                drainHandler.handle(null);
            }
        }

        @Override
        public Future<Void> write(Buffer data) {
            if (ends > 0) {
                throw new IllegalStateException("written to after its end");
            }
            String text = data.toString(StandardCharsets.UTF_8).replace(WATCHING, "");
            if (!text.isEmpty()) {
                written.add(text);
            }
            return Future.succeededFuture();
        }

        @Override
        public void write(Buffer data, Handler<AsyncResult<Void>> handler) {
            handler.handle(write(data));
        }

        @Override
        public void end(Handler<AsyncResult<Void>> handler) {
            ends++;
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
}
