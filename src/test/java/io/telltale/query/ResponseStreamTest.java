package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResponseStreamTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int CHUNK_BYTES = 512 << 10;

    private final Client client = new Client();

    @Test
    void keepsASlowClientConnected() {
        Duration stalled = Duration.ofMillis(500);
        ScheduledExecutorService trickle = Executors.newSingleThreadScheduledExecutor();
        try {
            var sending = send(stalled, Multi.createFrom().item(chunk()));
            ScheduledFuture<?> unused =
                    trickle.scheduleAtFixedRate(() -> client.take(40_000), 120, 120, TimeUnit.MILLISECONDS);
            sending.awaitItem(Duration.ofSeconds(30));
        } finally {
            trickle.shutdownNow();
        }
        assertThat(client.given.getBytes()).isEqualTo(chunk());
    }

    @Test
    void disconnectsAClientThatReadsNothing() {
        var sending = send(Duration.ofMillis(50), Multi.createFrom().item(chunk()));
        sending.awaitFailure(Duration.ofSeconds(30));
        assertThat(sending.getFailure())
                .isInstanceOf(IOException.class)
                .hasMessage("the client took less than 32 KiB in telltale.query.stalled=PT0.05S");
    }

    @Test
    void disconnectsAClientThatStopsReading() {
        var sending = send(Duration.ofMillis(50), Multi.createFrom().item(chunk()));
        client.take(100_000);
        sending.awaitFailure(Duration.ofSeconds(30));
    }

    @Test
    void createsNoMoreThanAFewUnsentChunks() {
        AtomicInteger made = new AtomicInteger();
        var sending = send(LONG, Multi.createFrom().range(0, 20).map(i -> {
            made.incrementAndGet();
            return new byte[100_000];
        }));
        int atFirst = made.get();
        assertThat(atFirst).isBetween(1, 3);
        client.take(100_000);
        assertThat(made.get()).as("after as much as a chunk has left").isEqualTo(atFirst + 1);
        sending.assertNotTerminated();
        client.take(2_000_000);
        sending.awaitItem(Duration.ofSeconds(30));
        assertThat(client.given.length()).isEqualTo(2_000_000);
    }

    @Test
    void endsWhenTheConnectionBreaks() {
        AtomicBoolean isCancelled = new AtomicBoolean();
        var sending = send(LONG, endless(isCancelled));
        assertThat(isCancelled).isFalse();
        client.leave(new IOException("reset"));
        sending.awaitFailure(Duration.ofSeconds(30));
        assertThat(sending.getFailure()).hasMessage("reset");
        assertThat(isCancelled).as("the read of chunks").isTrue();
    }

    /** Quarkus cancels a request when its client disconnects, also while nothing is being sent. */
    @Test
    void cancelsTheReadWithTheRequest() {
        AtomicBoolean isCancelled = new AtomicBoolean();
        client.take(50_000);
        var sending = send(LONG, endless(isCancelled));
        sending.assertNotTerminated();
        sending.cancel();
        assertThat(isCancelled).isTrue();
    }

    private static Multi<byte[]> endless(AtomicBoolean isCancelled) {
        return Multi.createBy()
                .repeating()
                .supplier(() -> new byte[50_000])
                .indefinitely()
                .onCancellation()
                .invoke(() -> isCancelled.set(true));
    }

    @Test
    void sendsTheHeadOfAnEmptyBody() {
        client.take(1);
        send(LONG, Multi.createFrom().empty()).awaitItem(Duration.ofSeconds(30));
        assertThat(client.isHeadWritten).isTrue();
    }

    @Test
    void createsNoChunksForAHeadRequest() {
        client.method = HttpMethod.HEAD;
        client.take(1);
        send(LONG, Multi.createFrom().item(() -> {
                    throw new AssertionError("a chunk was created");
                }))
                .awaitItem(Duration.ofSeconds(30));
        assertThat(client.isHeadWritten).isTrue();
    }

    /** Quarkus changes the headers after it. */
    @Test
    void endsAfterTheHeadIsSent() {
        var sending = send(LONG, Multi.createFrom().item(new byte[] {1}));
        assertThat(client.isHeadWritten).isTrue();
        sending.assertNotTerminated();
        client.take(1);
        sending.awaitItem(Duration.ofSeconds(30));
    }

    private UniAssertSubscriber<Void> send(Duration stalled, Multi<byte[]> chunks) {
        return new ResponseStream(stalled)
                .send(ResponseStream.EMPTY, chunks, "text/csv", Map.of(), client.request())
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
    }

    private static byte[] chunk() {
        byte[] chunk = new byte[CHUNK_BYTES];
        new Random(1).nextBytes(chunk);
        return chunk;
    }

    /** Reads as many bytes as the test says. Like a connection, completes a write when all of it is sent. */
    private static final class Client {
        private final Buffer given = Buffer.buffer();
        private final Deque<Written> onTheWay = new ArrayDeque<>();
        private HttpMethod method = HttpMethod.GET;
        private boolean isHeadWritten;
        private long taken;

        private record Written(long end, Promise<Void> left) {}

        HttpServerRequest request() {
            return proxy(HttpServerRequest.class, (name, argument) -> switch (name) {
                case "response" -> response();
                case "method" -> method;
                default -> null;
            });
        }

        private HttpServerResponse response() {
            return proxy(HttpServerResponse.class, (name, argument) -> switch (name) {
                case "headWritten" -> isHeadWritten;
                case "write" -> write((Buffer) argument);
                default -> null;
            });
        }

        private synchronized Future<Void> write(Buffer piece) {
            isHeadWritten = true;
            given.appendBuffer(piece);
            Promise<Void> left = Promise.promise();
            onTheWay.add(new Written(given.length(), left));
            leave();
            return left.future();
        }

        synchronized void take(int bytes) {
            taken += bytes;
            leave();
        }

        private void leave() {
            while (!onTheWay.isEmpty() && onTheWay.element().end() <= taken) {
                onTheWay.remove().left().complete();
            }
        }

        synchronized void leave(Throwable failure) {
            while (!onTheWay.isEmpty()) {
                onTheWay.remove().left().fail(failure);
            }
        }

        private interface Answer {
            @Nullable
            Object to(String method, Object argument);
        }

        /** Methods without an answer return the object itself if possible, else null. */
        private static <T> T proxy(Class<T> type, Answer answer) {
            return type.cast(
                    Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                        Object given = answer.to(method.getName(), arguments == null ? "" : arguments[0]);
                        return given != null || !method.getReturnType().isInstance(self) ? given : self;
                    }));
        }
    }
}
