package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class RequestCoalescerTest {

    private static final int RESERVED = 10;
    private static final String ALONE = "alone";

    private long nanoTime;
    private final RequestCoalescer<String, String> coalescer =
            new RequestCoalescer<>(2 * RESERVED, String::length, () -> nanoTime);
    private final List<UniEmitter<? super String>> started = new ArrayList<>();
    private final List<String> cancelled = new ArrayList<>();

    @Test
    void computesConcurrentRequestsOnce() {
        Client first = new Client("a");
        Client second = new Client("a");
        Client other = new Client("b");
        assertThat(started).hasSize(2);
        started.get(0).complete("result");
        first.finish();
        second.finish();
        first.response.assertItem("result");
        second.response.assertItem("result");
        other.response.assertNotTerminated();
        assertThat(coalescer.size()).isEqualTo(1);
    }

    @Test
    void startsAnewAfterTheComputation() {
        Client slow = new Client("a");
        started.get(0).complete("then");
        Client later = new Client("a");
        started.get(1).complete("now");
        later.finish();
        later.response.assertItem("now");
        slow.finish();
        slow.response.assertItem("then");
        assertNothingIsHeld();
    }

    @Test
    void startsAnewFiveSecondsAfterTheStart() {
        Client first = new Client("a");
        nanoTime = RequestCoalescer.JOINABLE_FOR.toNanos() - 1;
        Client inTime = new Client("a");
        nanoTime++;
        Client late = new Client("a");
        assertThat(started).hasSize(2);
        started.get(0).complete("then");
        assertThat(List.of(first.result, inTime.result)).containsOnly("then");
        assertThat(late.result).isEmpty();
        Client joiningTheLateOne = new Client("a");
        started.get(1).complete("now");
        assertThat(List.of(late.result, joiningTheLateOne.result)).containsOnly("now");
        assertThat(coalescer.size()).isZero();
    }

    @Test
    void cancelsWhenTheLastClientLeaves() {
        Client first = new Client("a");
        Client second = new Client("a");
        first.response.cancel();
        assertThat(cancelled).isEmpty();
        second.response.cancel();
        assertThat(cancelled).containsExactly("a");
        assertNothingIsHeld();
    }

    @Test
    void cancelsIfTheClientLeavesDuringTheStart() {
        UniAssertSubscriber<String> response = UniAssertSubscriber.create();
        coalescer
                .join(
                        "a",
                        RESERVED,
                        () -> {
                            response.cancel();
                            return computation("a");
                        },
                        result -> Uni.createFrom().item(result),
                        () -> Uni.createFrom().item(ALONE))
                .subscribe()
                .withSubscriber(response);
        assertThat(cancelled).containsExactly("a");
        assertNothingIsHeld();
    }

    @Test
    void sharesAFailureAndForgetsIt() {
        Client first = new Client("a");
        Client second = new Client("a");
        started.get(0).fail(new IllegalStateException("unavailable"));
        first.response.assertFailedWith(IllegalStateException.class, "unavailable");
        second.response.assertFailedWith(IllegalStateException.class, "unavailable");
        assertNothingIsHeld();
        Client third = new Client("a");
        started.get(1).complete("result");
        assertThat(third.result).isEqualTo("result");
    }

    @Test
    void failsIfTheComputationThrows() {
        UniAssertSubscriber<String> response = coalescer
                .join(
                        "a",
                        RESERVED,
                        () -> {
                            throw new IllegalStateException("fault");
                        },
                        result -> Uni.createFrom().item(result),
                        () -> Uni.createFrom().item(ALONE))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        response.assertFailedWith(IllegalStateException.class, "fault");
        assertNothingIsHeld();
    }

    @Test
    void holdsTheResultUntilTheSlowestClientIsDone() {
        Client slow = new Client("a");
        Client fast = new Client("a");
        assertThat(coalescer.reservedBytes()).isEqualTo(RESERVED);
        started.get(0).complete("four");
        assertThat(coalescer.reservedBytes()).as("the bytes of the result").isEqualTo(4);
        fast.finish();
        fast.response.assertCompleted();
        assertThat(coalescer.reservedBytes()).isEqualTo(4);
        slow.finish();
        slow.response.assertCompleted();
        assertNothingIsHeld();
    }

    @Test
    void servesAClientAloneWithoutMemory() {
        new Client("a");
        new Client("b");
        Client alone = new Client("c");
        alone.response.assertItem(ALONE);
        assertThat(coalescer.reservedBytes()).isEqualTo(2 * RESERVED);
        Client joining = new Client("a");
        assertThat(started).hasSize(2);
        started.get(0).complete("result");
        assertThat(joining.result).isEqualTo("result");
    }

    @Test
    void letsAClientLeaveOnlyOnce() {
        Client leaving = new Client("a");
        Client staying = new Client("a");
        started.get(0).complete("four");
        leaving.use().fail(new IllegalStateException("connection lost"));
        leaving.response.assertFailedWith(IllegalStateException.class, "connection lost");
        leaving.response.cancel();
        assertThat(coalescer.reservedBytes()).isEqualTo(4);
        staying.finish();
        staying.response.assertItem("four");
        staying.response.cancel();
        assertNothingIsHeld();
    }

    @RepeatedTest(20)
    void servesEveryClientWhileOthersJoinAndLeave() throws Exception {
        AtomicInteger computations = new AtomicInteger();
        RequestCoalescer<String, Integer> shared = new RequestCoalescer<>(RESERVED, result -> 1, System::nanoTime);
        ExecutorService clients = Executors.newFixedThreadPool(6);
        ExecutorService workers = Executors.newFixedThreadPool(2);
        try {
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                boolean isLeaving = i % 3 == 0;
                long bytes = i % 5 == 0 ? RESERVED + 1 : 1;
                results.add(clients.submit(() -> {
                    Uni<Integer> response = shared.join(
                            "a",
                            bytes,
                            () -> Uni.createFrom()
                                    .item(computations::incrementAndGet)
                                    .emitOn(workers),
                            result -> Uni.createFrom().item(result).emitOn(workers),
                            () -> Uni.createFrom().item(0));
                    if (isLeaving) {
                        var leaving = response.subscribe().with(result -> {}, failure -> {});
                        leaving.cancel();
                        return 0;
                    }
                    return response.await().atMost(Duration.ofSeconds(30));
                }));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get()).isBetween(0, computations.get());
            }
            assertThat(shared.reservedBytes()).isZero();
            assertThat(shared.size()).isZero();
        } finally {
            clients.shutdownNow();
            workers.shutdownNow();
        }
    }

    private void assertNothingIsHeld() {
        assertThat(coalescer.size()).isZero();
        assertThat(coalescer.reservedBytes()).isZero();
    }

    private Uni<String> computation(String key) {
        return Uni.createFrom().<String>emitter(started::add).onCancellation().invoke(() -> cancelled.add(key));
    }

    /** A client that uses its result until {@link #finish}. */
    private final class Client {
        private final UniAssertSubscriber<String> response;
        private String result = "";
        private @Nullable UniEmitter<? super String> use;

        Client(String key) {
            this.response = coalescer
                    .join(
                            key,
                            RESERVED,
                            () -> computation(key),
                            computed -> {
                                result = computed;
                                return Uni.createFrom().emitter(emitter -> use = emitter);
                            },
                            () -> Uni.createFrom().item(ALONE))
                    .subscribe()
                    .withSubscriber(UniAssertSubscriber.create());
        }

        void finish() {
            use().complete(result);
        }

        UniEmitter<? super String> use() {
            return Objects.requireNonNull(use, "no result yet");
        }
    }
}
