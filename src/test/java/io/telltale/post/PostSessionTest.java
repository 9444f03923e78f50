package io.telltale.post;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.api.CallerCredential;
import io.telltale.api.ContentCoding;
import io.telltale.api.ForbiddenElements;
import io.telltale.api.Problem;
import io.telltale.api.ProblemException;
import io.telltale.kafka.TopicAdmin;
import io.telltale.post.BarePost.Answer;
import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorType;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The path of a POST over a real connection, to a producer that acknowledges when the test says so. */
@Tag("slow")
class PostSessionTest {

    private static final String NDJSON = "application/x-ndjson";
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int WINDOW_BYTES = 64 << 10;
    private static final int BATCH_BYTES = 16 << 10;

    private final FakeTopics topics = new FakeTopics();
    private final MockProducer<byte[], byte[]> kafka =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final PostProducer producer = new PostProducer(kafka, topics);
    private final PostMemoryBudget memory = new PostMemoryBudget(PostSession.WORKING_BYTES, PostSession.WORKING_BYTES);
    private final Vertx vertx = Vertx.vertx();

    private PostTimeouts timeouts = new PostTimeouts(LONG, LONG, null, LONG);
    private final List<HttpServerRequest> disconnected = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void listen() throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        vertx.close();
        producer.close();
    }

    @Test
    void answersWhenKafkaHasAcknowledgedEachReading() throws Exception {
        try (BarePost post = open().send(lines(0, 3))) {
            awaitSent(3);
            CompletableFuture<Answer> answer = end(post);
            acknowledge(2);
            assertThat(answer).isNotDone();
            acknowledge(1);
            assertThat(answer.get(10, TimeUnit.SECONDS).status()).isEqualTo(202);
        }
        assertThat(sentValues()).containsExactly("0", "1", "2");
        assertThat(memory.acquired()).isZero();
    }

    @Test
    void readsNoMoreWhileTheWindowIsFull() throws Exception {
        int readings = 20_000;
        try (BarePost post = open()) {
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return post.send(lines(0, readings)).end();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            int maxInFlight = 0;
            for (int acknowledged = 0; acknowledged < readings; ) {
                awaitSent(acknowledged + 1);
                int inFlight = kafka.history().size() - acknowledged;
                maxInFlight = Math.max(maxInFlight, inFlight);
                acknowledge(inFlight);
                acknowledged += inFlight;
            }
            assertThat(answer.get(10, TimeUnit.SECONDS).json().get("accepted").asInt())
                    .isEqualTo(readings);
            assertThat(maxInFlight).isBetween(100, (WINDOW_BYTES + BATCH_BYTES) / 128);
        }
        assertThat(sentValues())
                .isEqualTo(
                        IntStream.range(0, readings).mapToObj(Integer::toString).toList());
    }

    @Test
    void answersAtTheFirstFailureBeforeTheBodyEnds() throws Exception {
        try (BarePost post = open().send(lines(0, 3))) {
            awaitSent(3);
            acknowledge(2);
            kafka.errorNext(new TimeoutException("planted"));
            Answer answer = post.answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.json().get("type").asText()).isEqualTo("urn:telltale:problem:kafka-unavailable");
            assertThat(answer.json().get("accepted").asInt()).isEqualTo(2);
        }
        assertThat(memory.acquired()).isZero();
    }

    @Test
    void answersWhenTheProducerThrowsAnything() throws Exception {
        kafka.sendException = new IllegalArgumentException("planted");
        try (BarePost post = open().send(lines(0, 3))) {
            Answer answer = post.answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.json().get("type").asText()).isEqualTo("urn:telltale:problem:kafka-unavailable");
        }
        awaitMemoryReleased();
    }

    @Test
    void answersWhenKafkaStallsAndKeepsTheMemory() throws Exception {
        timeouts = new PostTimeouts(LONG, LONG, null, Duration.ofMillis(300));
        try (BarePost post = open().send(lines(0, 3))) {
            awaitSent(3);
            Answer answer = post.answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.json().get("accepted").asInt()).isZero();
            assertThat(memory.acquired())
                    .as("the producer still holds the records")
                    .isPositive();
            acknowledge(3);
            awaitMemoryReleased();
        }
    }

    @Test
    @SuppressWarnings("try") // Closing the connection is what is tested.
    void keepsTheMemoryOfADisconnectedClientInFlight() throws Exception {
        try (BarePost post = open().send(lines(0, 3))) {
            awaitSent(3);
        }
        await().until(() -> !disconnected.isEmpty());
        assertThat(memory.acquired()).isPositive();
        acknowledge(3);
        awaitMemoryReleased();
    }

    @Test
    void createsAMissingTopicBeforeItSends() throws Exception {
        topics.isKnown = false;
        try (BarePost post = open().send(lines(0, 2))) {
            await().until(() -> topics.creation.get() != null);
            assertThat(kafka.history()).isEmpty();
            topics.isKnown = true;
            requireNonNull(topics.creation.get()).complete(null);
            awaitSent(2);
            acknowledge(2);
            assertThat(post.end().json().get("accepted").asInt()).isEqualTo(2);
        }
    }

    @Test
    void failsIfATopicCannotBeCreated() throws Exception {
        topics.isKnown = false;
        try (BarePost post = open().send(lines(0, 2))) {
            await().until(() -> topics.creation.get() != null);
            requireNonNull(topics.creation.get()).fail(new TimeoutException("planted"));
            assertThat(post.answer().json().get("type").asText()).isEqualTo("urn:telltale:problem:kafka-unavailable");
        }
        assertThat(kafka.history()).isEmpty();
        awaitMemoryReleased();
    }

    @Test
    void endsAnIdlePostThatBlocksOthers() throws Exception {
        timeouts = new PostTimeouts(Duration.ofMillis(500), Duration.ofSeconds(2), null, LONG);
        try (BarePost idle = open()) {
            idle.send(lines(0, 3) + "{");
            awaitSent(3);
            acknowledge(3);
            try (BarePost other = open()) {
                Answer busy = other.answer();
                assertThat(busy.status()).isEqualTo(503);
                assertThat(busy.head()).contains("retry-after: 5");
                assertThat(busy.json().get("type").asText()).isEqualTo("urn:telltale:problem:unavailable");
                assertThat(busy.json().get("accepted").asInt()).isZero();
            }
            Answer answer = idle.answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("detail").asText())
                    .contains("no byte of it came for telltale.posts.idle=PT2S");
            assertThat(answer.json().get("accepted").asInt()).isEqualTo(3);
            assertThat(memory.acquired()).isZero();
        }
    }

    @Test
    void endsABodyThatArrivesTooSlowly() throws Exception {
        timeouts = new PostTimeouts(LONG, LONG, Duration.ofMillis(500), LONG);
        try (BarePost post = open().send("{")) {
            assertThat(post.answer().json().get("detail").asText()).contains("it did not end within PT0.5S");
        }
    }

    @Test
    @SuppressWarnings("try") // Closing the connection is what is tested.
    void aWaitingClientThatDisconnectsLeavesTheQueue() throws Exception {
        try (BarePost first = open().send("{")) {
            await().until(() -> memory.acquired() > 0);
            try (BarePost second = open().send("{")) {
                await().until(() -> memory.waiting() == 1);
            }
            await().until(() -> memory.waiting() == 0);
        }
        awaitMemoryReleased();
    }

    @Test
    void decompressesABodyWhoseChunksCutItAnywhere() throws Exception {
        byte[] compressed = gzipped(lines(0, 3_000));
        try (BarePost post = openGzipped()) {
            for (int at = 0; at < compressed.length; at += 777) {
                post.send(Arrays.copyOfRange(compressed, at, Math.min(at + 777, compressed.length)));
            }
            CompletableFuture<Answer> answer = end(post);
            for (int acknowledged = 0; acknowledged < 3_000; ) {
                awaitSent(acknowledged + 1);
                int inFlight = kafka.history().size() - acknowledged;
                acknowledge(inFlight);
                acknowledged += inFlight;
            }
            assertThat(answer.get(10, TimeUnit.SECONDS).json().get("accepted").asInt())
                    .isEqualTo(3_000);
        }
        assertThat(sentValues())
                .isEqualTo(IntStream.range(0, 3_000).mapToObj(String::valueOf).toList());
        awaitMemoryReleased();
    }

    @Test
    void refusesACompressedBodyThatIsCut() throws Exception {
        byte[] compressed = gzipped(lines(0, 3));
        try (BarePost post = openGzipped().send(Arrays.copyOf(compressed, compressed.length - 9))) {
            Answer answer = post.end();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("detail").asText()).contains("not valid or not complete");
        }
        awaitMemoryReleased();
    }

    /** While a body expands, others have the event loop: nothing depends on what it would expand to. */
    @Test
    void refusesABodyThatExpandsTooMuch() throws Exception {
        byte[] bomb = gzipped("\n".repeat(100 << 20));
        try (BarePost post = openGzipped().send(bomb)) {
            Answer answer = post.end();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.json().get("detail").asText()).contains("when decompressed");
        }
        awaitMemoryReleased();
    }

    private BarePost openGzipped() throws IOException {
        return BarePost.open(server.actualPort(), NDJSON, "Content-Encoding: gzip");
    }

    private static byte[] gzipped(String text) throws IOException {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(target)) {
            gzip.write(text.getBytes(US_ASCII));
        }
        return target.toByteArray();
    }

    private void handle(HttpServerRequest request) {
        request.pause();
        request.connection().closeHandler(ignored -> disconnected.add(request));
        Context context = Objects.requireNonNull(Vertx.currentContext());
        new PostSession(
                        request,
                        ContentCoding.of(request.getHeader("Content-Encoding")),
                        new NdjsonPostBody(),
                        new PostScope(
                                Scope.EVERYTHING,
                                id -> Uni.createFrom().item(Optional.empty()),
                                ForbiddenElements.ofCurrentRequest()),
                        CallerCredential.ANONYMOUS,
                        PostSession.WORKING_BYTES,
                        new PostSession.Shared(
                                memory,
                                topics,
                                producer,
                                id -> Uni.createFrom().item(Optional.empty()),
                                Clock.systemUTC(),
                                vertx),
                        timeouts,
                        task -> context.runOnContext(ignored -> task.run()))
                .run()
                .subscribe()
                .with(
                        result -> request.response()
                                .setStatusCode(202)
                                .end("{\"accepted\":%d}".formatted(result.accepted())),
                        failure -> answer(request, ((ProblemException) failure).problem()));
    }

    private static void answer(HttpServerRequest request, Problem problem) {
        if (problem.retryAfterSeconds() != null) {
            request.response().putHeader("Retry-After", "" + problem.retryAfterSeconds());
        }
        request.response().setStatusCode(problem.status()).end(Buffer.buffer(problem.toJson()));
    }

    private BarePost open() throws IOException {
        return BarePost.open(server.actualPort(), NDJSON);
    }

    private static CompletableFuture<Answer> end(BarePost post) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return post.end();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void awaitSent(int records) {
        await().pollInterval(Duration.ofMillis(1)).until(() -> kafka.history().size() >= records);
    }

    private void awaitMemoryReleased() {
        await().until(() -> memory.acquired() == 0);
    }

    private void acknowledge(int records) {
        for (int i = 0; i < records; i++) {
            assertThat(kafka.completeNext()).isTrue();
        }
    }

    private List<String> sentValues() {
        return kafka.history().stream()
                .map(record -> new String(record.value(), US_ASCII))
                .map(json -> json.substring(json.lastIndexOf(':') + 1, json.length() - 1))
                .toList();
    }

    private static String lines(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i ->
                        "{\"sensorId\":\"s\",\"type\":\"t\",\"timestamp\":1767225600000,\"value\":%d}\n".formatted(i))
                .collect(Collectors.joining());
    }

    /** Topics that the test creates. */
    private static final class FakeTopics extends PostTopics {
        private volatile boolean isKnown = true;
        private final AtomicReference<@Nullable UniEmitter<? super Void>> creation = new AtomicReference<>();

        FakeTopics() {
            super(new TopicAdmin((Admin) Proxy.newProxyInstance(
                    Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                        throw new UnsupportedOperationException(method.getName());
                    })));
        }

        @Override
        boolean knows(SensorType type) {
            return isKnown;
        }

        @Override
        Uni<Void> createMissing(Collection<SensorType> types) {
            return Uni.createFrom().<Void>emitter(emitter -> creation.set(emitter));
        }
    }
}
