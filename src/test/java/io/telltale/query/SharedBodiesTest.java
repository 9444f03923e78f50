package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.operators.multi.processors.UnicastProcessor;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SharedBodiesTest {

    private static final int ROOM = 10;

    private long nanoTime;
    private final SharedBodies<String, String, String> bodies =
            new SharedBodies<>(2 * ROOM, String::length, () -> nanoTime);
    private final List<Making> makings = new ArrayList<>();

    @Test
    void thoseWhoAskWhileItIsMadeShareOneBodyFromItsBeginning() {
        Asker first = new Asker("a");
        Asker second = new Asker("a");
        making(0).open("head");
        making(0).parts.onNext("1");
        making(0).parts.onNext("2");
        Asker third = new Asker("a");
        making(0).parts.onNext("3");
        for (Asker asker : List.of(first, second, third)) {
            assertThat(asker.got).containsExactly("head", "1", "2", "3");
            asker.asked.assertNotTerminated();
        }
        making(0).parts.onComplete();
        for (Asker asker : List.of(first, second, third)) {
            asker.asked.assertCompleted();
        }
        assertThat(makings).hasSize(1);
        assertNothingIsHeld();
    }

    @Test
    void noneWaitsForASlowerOne() {
        Asker slow = new Asker("a").thatTakesNothing();
        Asker fast = new Asker("a");
        making(0).open("head");
        making(0).parts.onNext("1");
        making(0).parts.onNext("2");
        making(0).parts.onComplete();
        fast.asked.assertCompleted();
        assertThat(making(0).isEnded).isTrue();
        assertThat(slow.got).containsExactly("head", "1");
        assertThat(bodies.reservedBytes()).isEqualTo(ROOM);
        slow.goOn();
        assertThat(slow.got).containsExactly("head", "1", "2");
        slow.asked.assertCompleted();
        assertNothingIsHeld();
    }

    @Test
    void whoAsksWhenItIsMadeBeginsAnewThoughOthersAreStillTakingIt() {
        Asker slow = new Asker("a").thatTakesNothing();
        making(0).open("then");
        making(0).parts.onNext("1");
        making(0).parts.onComplete();
        Asker later = new Asker("a");
        making(1).open("now");
        making(1).parts.onComplete();
        assertThat(later.got).containsExactly("now");
        slow.goOn();
        assertThat(slow.got).containsExactly("then", "1");
        assertNothingIsHeld();
    }

    /** What its head says would be too old for him. */
    @Test
    void whoAsksFiveSecondsLaterBeginsAnew() {
        Asker first = new Asker("a");
        nanoTime = RequestCoalescer.JOINED_FOR.toNanos() - 1;
        Asker inTime = new Asker("a");
        nanoTime++;
        Asker late = new Asker("a");
        making(0).open("then");
        making(1).open("now");
        assertThat(first.got).containsExactly("then");
        assertThat(inTime.got).containsExactly("then");
        assertThat(late.got).containsExactly("now");
        making(0).parts.onComplete();
        assertThat(new Asker("a").got).as("the younger one goes on").containsExactly("now");
        assertThat(bodies.underWay()).isEqualTo(1);
    }

    @Test
    void theMakingIsCancelledWhenTheLastHasGone() {
        Asker first = new Asker("a");
        Asker second = new Asker("a");
        first.asked.cancel();
        making(0).open("head");
        making(0).parts.onNext("1");
        assertThat(second.got).containsExactly("head", "1");
        assertThat(making(0).isEnded).isFalse();
        second.asked.cancel();
        assertThat(making(0).isEnded).isTrue();
        assertThat(making(0).isSourceCancelled).isTrue();
        assertNothingIsHeld();
    }

    @Test
    void theMakingIsCancelledAlsoWhereAllHaveGoneBeforeItsHead() {
        Asker only = new Asker("a");
        only.asked.cancel();
        assertThat(making(0).isEnded).isTrue();
        assertNothingIsHeld();
    }

    @Test
    void aFailureBeforeTheHeadIsThatOfAllAndNotKept() {
        Asker first = new Asker("a");
        Asker second = new Asker("a");
        making(0).fail(new IllegalStateException("away"));
        first.asked.assertFailedWith(IllegalStateException.class, "away");
        second.asked.assertFailedWith(IllegalStateException.class, "away");
        assertNothingIsHeld();
        Asker third = new Asker("a");
        making(1).open("head");
        making(1).parts.onComplete();
        third.asked.assertCompleted();
    }

    @Test
    void aFailureInTheMiddleComesToAllBehindWhatWasMade() {
        Asker slow = new Asker("a").thatTakesNothing();
        Asker fast = new Asker("a");
        making(0).open("head");
        making(0).parts.onNext("1");
        making(0).parts.onNext("2");
        making(0).parts.onError(new IllegalStateException("away"));
        assertThat(fast.got).containsExactly("head", "1", "2");
        fast.asked.assertFailedWith(IllegalStateException.class, "away");
        slow.goOn();
        assertThat(slow.got).containsExactly("head", "1", "2");
        slow.asked.assertFailedWith(IllegalStateException.class, "away");
        assertNothingIsHeld();
    }

    @Test
    void whereThereIsNoRoomABodyIsMadeForItsAskerAloneAsHeTakesIt() {
        new Asker("a");
        new Asker("b");
        Asker alone = new Asker("c").thatTakesNothing();
        Asker other = new Asker("c");
        making(2).open("head");
        making(2).parts.onNext("1");
        making(2).parts.onNext("2");
        assertThat(making(2).requested).isEqualTo(1);
        assertThat(alone.got).containsExactly("head", "1");
        assertThat(makings).hasSize(4);
        other.asked.cancel();
        assertThat(making(3).isEnded).isTrue();
        assertThat(bodies.reservedBytes()).isEqualTo(2 * ROOM);
        // Those who are there may be joined all the same.
        new Asker("a");
        assertThat(makings).hasSize(4);
    }

    @Test
    void aBodyThatDoesNotFitInItsRoomGoesOnAtThePaceOfTheSlowestAndNobodyJoinsIt() {
        Asker slow = new Asker("a").thatTakesNothing();
        Asker fast = new Asker("a");
        making(0).open("head");
        for (String part : List.of("1234", "5678", "90ab", "cdef", "last")) {
            making(0).parts.onNext(part);
        }
        making(0).parts.onComplete();
        assertThat(fast.got).containsExactly("head", "1234", "5678", "90ab", "cdef");
        new Asker("a");
        assertThat(makings).hasSize(2);

        slow.takeOne();
        assertThat(slow.got).containsExactly("head", "1234", "5678");
        assertThat(fast.got).endsWith("cdef", "last");
        fast.asked.assertCompleted();
        slow.goOn();
        assertThat(slow.got).isEqualTo(fast.got);
        slow.asked.assertCompleted();
    }

    @Test
    void theOthersGoOnWhenWhoeverTheyWaitedForHasGone() {
        Asker slow = new Asker("a").thatTakesNothing();
        Asker fast = new Asker("a");
        making(0).open("head");
        for (String part : List.of("12345678", "90abcdef", "ghijklmn", "last")) {
            making(0).parts.onNext(part);
        }
        making(0).parts.onComplete();
        fast.asked.assertNotTerminated();
        slow.asked.cancel();
        assertThat(fast.got).containsExactly("head", "12345678", "90abcdef", "ghijklmn", "last");
        fast.asked.assertCompleted();
        assertNothingIsHeld();
    }

    @Test
    void whoGoesTwiceTakesNobodyElseWithHim() {
        Asker leaving = new Asker("a").thatFails();
        Asker staying = new Asker("a");
        making(0).open("head");
        making(0).parts.onNext("1");
        leaving.asked.assertFailedWith(IllegalStateException.class, "gone");
        leaving.asked.cancel();
        assertThat(bodies.reservedBytes()).isEqualTo(ROOM);
        making(0).parts.onNext("2");
        making(0).parts.onComplete();
        assertThat(staying.got).containsExactly("head", "1", "2");
        staying.asked.assertCompleted();
        staying.asked.cancel();
        assertNothingIsHeld();
    }

    @Test
    void whatBreaksWhileAPartIsHandedOnFailsAllAndIsNotLeftToWaitFor() {
        SharedBodies<String, String, String> broken = new SharedBodies<>(
                ROOM,
                part -> {
                    throw new IllegalStateException("no length");
                },
                System::nanoTime);
        UniAssertSubscriber<Void> asked = broken.join(
                        "a",
                        ROOM,
                        take -> take.apply("head", Multi.createFrom().items("1", "2")),
                        (head, parts) -> parts.onItem().ignoreAsUni())
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        asked.assertFailedWith(IllegalStateException.class, "no length");
        assertThat(broken.reservedBytes()).isZero();
    }

    @Test
    void aMakerThatThrowsFailsItsAskerAndIsForgotten() {
        UniAssertSubscriber<Void> asked = bodies.join(
                        "a",
                        ROOM,
                        take -> {
                            throw new IllegalStateException("no");
                        },
                        (head, parts) -> Uni.createFrom().voidItem())
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        asked.assertFailedWith(IllegalStateException.class, "no");
        assertNothingIsHeld();
    }

    /** Askers come and go on threads of their own while it is made on another. */
    @RepeatedTest(20)
    void whoeverComesWhenHasAllPartsInOrderOrHisOwn() throws Exception {
        List<String> expected =
                IntStream.range(0, 2_000).mapToObj(i -> "part " + i).toList();
        SharedBodies<String, String, String> shared = new SharedBodies<>(1 << 20, String::length, System::nanoTime);
        ExecutorService threads = Executors.newFixedThreadPool(6);
        ExecutorService makers = Executors.newFixedThreadPool(2);
        try {
            List<Future<List<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                long room = i % 3 == 0 ? 100 : 100_000;
                answers.add(threads.submit(() -> {
                    List<String> got = new ArrayList<>();
                    shared.join(
                                    "a",
                                    room,
                                    take -> take.apply(
                                            "head",
                                            Multi.createFrom()
                                                    .iterable(expected)
                                                    .emitOn(makers, 16)),
                                    (head, parts) ->
                                            parts.invoke(got::add).onItem().ignoreAsUni())
                            .await()
                            .atMost(Duration.ofSeconds(30));
                    return got;
                }));
            }
            for (Future<List<String>> answer : answers) {
                assertThat(answer.get()).isEqualTo(expected);
            }
            assertThat(shared.reservedBytes()).isZero();
            assertThat(shared.underWay()).isZero();
        } finally {
            threads.shutdownNow();
            makers.shutdownNow();
        }
    }

    private void assertNothingIsHeld() {
        assertThat(bodies.underWay()).isZero();
        assertThat(bodies.reservedBytes()).isZero();
    }

    private Making making(int number) {
        return makings.get(number);
    }

    /** A body that the test makes. */
    private static final class Making {
        private final UnicastProcessor<String> parts = UnicastProcessor.create();
        private @Nullable UniEmitter<? super String> head;
        private long requested;
        private boolean isSourceCancelled;
        private boolean isEnded;

        Uni<Void> make(BiFunction<String, Multi<String>, Uni<Void>> to) {
            return Uni.createFrom()
                    .<String>emitter(emitter -> head = emitter)
                    .chain(opened -> to.apply(
                            opened,
                            parts.onRequest()
                                    .invoke(more -> requested += more)
                                    .onCancellation()
                                    .invoke(() -> isSourceCancelled = true)))
                    .onTermination()
                    .invoke(() -> isEnded = true);
        }

        void open(String with) {
            head().complete(with);
        }

        void fail(Throwable failure) {
            head().fail(failure);
        }

        private UniEmitter<? super String> head() {
            return Objects.requireNonNull(head, "nobody has asked");
        }
    }

    /** Somebody who asks for a body of {@value ROOM} characters. */
    private final class Asker {
        private final List<String> got = new ArrayList<>();
        private final List<UniEmitter<? super String>> held = new ArrayList<>();
        private final UniAssertSubscriber<Void> asked;
        private boolean isSlow;
        private boolean isFailing;

        Asker(String key) {
            this.asked = bodies.join(
                            key,
                            ROOM,
                            take -> {
                                Making making = new Making();
                                makings.add(making);
                                return making.make(take);
                            },
                            (head, parts) -> {
                                got.add(head);
                                return parts.onItem()
                                        .transformToUniAndConcatenate(this::take)
                                        .onItem()
                                        .ignoreAsUni();
                            })
                    .subscribe()
                    .withSubscriber(UniAssertSubscriber.create());
        }

        private Uni<String> take(String part) {
            got.add(part);
            if (isFailing) {
                return Uni.createFrom().failure(new IllegalStateException("gone"));
            }
            return isSlow
                    ? Uni.createFrom().emitter(held::add)
                    : Uni.createFrom().item(part);
        }

        Asker thatTakesNothing() {
            isSlow = true;
            return this;
        }

        Asker thatFails() {
            isFailing = true;
            return this;
        }

        void takeOne() {
            held.remove(0).complete("taken");
        }

        void goOn() {
            isSlow = false;
            takeOne();
        }
    }
}
