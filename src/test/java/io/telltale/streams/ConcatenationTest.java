package io.telltale.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.operators.multi.processors.UnicastProcessor;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConcatenationTest {

    private final List<Integer> begun = new ArrayList<>();

    @Test
    void opensAStreamOnDemandAfterThePreviousOne() {
        AssertSubscriber<Integer> taker = Multi.createFrom()
                .items(0, 1, 2, 3)
                .plug(Concatenation.<Integer, Integer>streams(i -> {
                    begun.add(i);
                    return Multi.createFrom().range(10 * i, 11 * i);
                }))
                .subscribe()
                .withSubscriber(AssertSubscriber.create());
        assertThat(begun).isEmpty();
        taker.request(1).assertItems(10);
        assertThat(begun).containsExactly(0, 1);
        taker.request(2).assertItems(10, 20, 21);
        assertThat(begun).containsExactly(0, 1, 2);
        taker.assertNotTerminated().request(Long.MAX_VALUE);
        taker.assertItems(10, 20, 21, 30, 31, 32).assertCompleted();
    }

    @Test
    void runsOperationsInOrderWithOptionalResults() {
        AtomicInteger underWay = new AtomicInteger();
        ExecutorService elsewhere = Executors.newFixedThreadPool(2);
        try {
            AssertSubscriber<Integer> taker = Multi.createFrom()
                    .range(0, 100)
                    .plug(Concatenation.<Integer, Integer>unis(i -> Uni.createFrom()
                            .item(() -> underWay.incrementAndGet() > 1 ? -1 : i)
                            .emitOn(elsewhere)
                            .invoke(underWay::decrementAndGet)
                            .map(done -> i % 2 == 0 ? done : null)))
                    .subscribe()
                    .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
            taker.awaitCompletion(Duration.ofSeconds(30));
            assertThat(taker.getItems())
                    .isEqualTo(IntStream.range(0, 50).mapToObj(i -> 2 * i).toList());
        } finally {
            elsewhere.shutdownNow();
        }
    }

    @Test
    void repeatsAnOperationOnDemandUntilTheLast() {
        AtomicInteger done = new AtomicInteger();
        AssertSubscriber<Integer> taker = Concatenation.repeated(
                        () -> Uni.createFrom().item(done::incrementAndGet), number -> number < 3)
                .subscribe()
                .withSubscriber(AssertSubscriber.create());
        assertThat(done).hasValue(0);
        taker.request(2).assertItems(1, 2).assertNotTerminated();
        assertThat(done).hasValue(2);
        taker.request(2).assertItems(1, 2, 3).assertCompleted();
        assertThat(done).hasValue(3);
    }

    @Test
    void concatenatesStreamsAndContents() {
        assertThat(Concatenation.of(List.of(
                                Multi.createFrom().items(List.of(1, 2), List.<Integer>of()),
                                Multi.createFrom().empty(),
                                Multi.createFrom().item(List.of(3))))
                        .plug(Concatenation.<List<Integer>, Integer>contents(list -> list))
                        .subscribe()
                        .asIterable())
                .containsExactly(1, 2, 3);
    }

    @Test
    void endsAfterAnyFailure() {
        AtomicBoolean isCancelled = new AtomicBoolean();
        failing(Multi.createFrom().items(1, 2), i -> Multi.createFrom()
                        .failure(new IllegalStateException("of a stream")))
                .assertFailedWith(IllegalStateException.class, "of a stream");

        failing(Multi.createFrom().items(1, 2), i -> {
                    throw new IllegalStateException("of its beginning");
                })
                .assertFailedWith(IllegalStateException.class, "of its beginning");

        UnicastProcessor<Integer> source = UnicastProcessor.create();
        AssertSubscriber<Integer> taker = failing(
                source,
                i -> Multi.createFrom().<Integer>nothing().onCancellation().invoke(() -> isCancelled.set(true)));
        source.onNext(1);
        assertThat(isCancelled).isFalse();
        source.onError(new IllegalStateException("of the source"));
        taker.assertFailedWith(IllegalStateException.class, "of the source");
        assertThat(isCancelled).as("the stream that gave is cancelled").isTrue();
    }

    private static AssertSubscriber<Integer> failing(Multi<Integer> source, Function<Integer, Multi<Integer>> begin) {
        return source.plug(Concatenation.<Integer, Integer>streams(begin))
                .subscribe()
                .withSubscriber(AssertSubscriber.create(10));
    }

    @Test
    void cancelsTheCurrentStream() {
        AtomicInteger cancelled = new AtomicInteger();
        AssertSubscriber<Integer> taker = AssertSubscriber.create(1);
        Multi.createFrom()
                .items(1, 2)
                .onCancellation()
                .invoke(cancelled::incrementAndGet)
                .plug(Concatenation.<Integer, Integer>streams(i ->
                        Multi.createFrom().<Integer>nothing().onCancellation().invoke(cancelled::incrementAndGet)))
                .subscribe(taker);
        taker.cancel();
        assertThat(cancelled).hasValue(2);

        AssertSubscriber<Integer> hasty = AssertSubscriber.create(1);
        Multi.createFrom()
                .items(1, 2)
                .plug(Concatenation.<Integer, Integer>streams(i -> {
                    hasty.cancel();
                    return Multi.createFrom()
                            .<Integer>nothing()
                            .onCancellation()
                            .invoke(cancelled::incrementAndGet);
                }))
                .subscribe(hasty);
        assertThat(cancelled).hasValue(3);
    }

    /** The race of Mutiny's repetition: a request at the end of a repeated stream. */
    @Test
    void queuesItemsThatExceedTheDemand() {
        AtomicReference<Flow.@Nullable Subscriber<? super Integer>> to = new AtomicReference<>();
        Multi<Integer> generous = Multi.createFrom().safePublisher(subscriber -> {
            to.set(subscriber);
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long more) {}

                @Override
                public void cancel() {}
            });
        });
        AssertSubscriber<Integer> taker = generous.plug(Concatenation.<Integer, Integer>streams(
                        i -> Multi.createFrom().items(10 * i, 10 * i + 1)))
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1));
        Flow.Subscriber<? super Integer> source = Objects.requireNonNull(to.get());
        source.onNext(1);
        source.onNext(2);
        source.onNext(3);
        source.onComplete();
        taker.assertItems(10).request(2).assertItems(10, 11, 20);
        taker.request(3).assertItems(10, 11, 20, 21, 30, 31).assertCompleted();
    }

    /**
     * One thread requests while another completes the previous stream. Mutiny's concatenation
     * fails here within two seconds on two cores.
     */
    @Test
    void keepsDemandAndOrderUnderConcurrentRequests() throws Exception {
        List<Integer> expected = IntStream.range(0, 50)
                .boxed()
                .flatMap(i -> IntStream.range(0, i % 4).mapToObj(j -> 10 * i + j))
                .toList();
        AtomicReference<@Nullable OneByOne> current = new AtomicReference<>();
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService askers = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < 2; i++) {
                askers.execute(() -> {
                    while (!isOver.get()) {
                        OneByOne taker = current.get();
                        if (taker == null || !taker.askIfWanted()) {
                            Thread.onSpinWait();
                        }
                    }
                });
            }
            long endNanos = System.nanoTime() + Duration.ofMillis(2_500).toNanos();
            for (int round = 0; System.nanoTime() < endNanos; round++) {
                OneByOne taker = new OneByOne();
                Multi.createFrom()
                        .range(0, 50)
                        .plug(Concatenation.<Integer, Integer>streams(
                                i -> Multi.createFrom().range(10 * i, 10 * i + i % 4)))
                        .subscribe()
                        .withSubscriber(taker);
                current.set(taker);
                assertThat(taker.over.await(10, TimeUnit.SECONDS))
                        .as("round %d comes to its end", round)
                        .isTrue();
                assertThat(taker.unasked)
                        .as("round %d gives nothing unasked", round)
                        .hasValue(0);
                assertThat(taker.got).as("round %d", round).isEqualTo(expected);
            }
        } finally {
            isOver.set(true);
            askers.shutdownNow();
        }
    }

    /** Takes one item at a time, and requests the next one on any thread. */
    private static final class OneByOne implements MultiSubscriber<Integer> {
        private final List<Integer> got = new ArrayList<>();
        private final AtomicLong asked = new AtomicLong();
        private final AtomicInteger unasked = new AtomicInteger();
        private final AtomicBoolean isWanted = new AtomicBoolean(true);
        private final CountDownLatch over = new CountDownLatch(1);
        private Flow.@Nullable Subscription subscription;

        boolean askIfWanted() {
            if (!isWanted.compareAndSet(true, false)) {
                return false;
            }
            asked.incrementAndGet();
            Objects.requireNonNull(subscription).request(1);
            return true;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onItem(Integer item) {
            got.add(item);
            if (got.size() > asked.get()) {
                unasked.incrementAndGet();
            } else {
                isWanted.set(true);
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            unasked.incrementAndGet();
            over.countDown();
        }

        @Override
        public void onCompletion() {
            over.countDown();
        }
    }
}
