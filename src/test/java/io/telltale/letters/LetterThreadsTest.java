package io.telltale.letters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class LetterThreadsTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final LetterThreads threads = new LetterThreads();
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();

    @Test
    void runsTwoAtATimeAndRefusesTheEleventh() {
        List<CompletableFuture<Integer>> results = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            results.add(start());
        }
        await().atMost(LIMIT).until(() -> running.get() == 2);
        assertThatThrownBy(() -> start().join())
                .hasCauseInstanceOf(ProblemException.class)
                .hasMessageContaining("too-many");
        assertThat(running).hasValue(2);
        end.countDown();
        results.forEach(result -> assertThat(result.join()).isEqualTo(7));
    }

    /** The permit of a request whose client has left is released by its thread, not before. */
    @Test
    void tellsTheWorkThatItsCallerHasLeft() {
        AtomicBoolean sawCancellation = new AtomicBoolean();
        Cancellable first = threads.run(isCancelled -> {
                    int result = hold(isCancelled);
                    sawCancellation.set(isCancelled.getAsBoolean());
                    return result;
                })
                .subscribe()
                .with(result -> {});
        CompletableFuture<Integer> second = start();
        CompletableFuture<Integer> third = start();
        await().atMost(LIMIT).until(() -> running.get() == 2);
        first.cancel();
        assertThat(running).hasValue(2);
        end.countDown();
        assertThat(second.join()).isEqualTo(7);
        assertThat(third.join()).isEqualTo(7);
        assertThat(sawCancellation).isTrue();
    }

    @Test
    void freesThePlaceOfACallerThatLeavesTheQueue() {
        List<CompletableFuture<Integer>> first = List.of(start(), start());
        List<Cancellable> waiting = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            waiting.add(threads.run(this::hold).subscribe().with(result -> {}));
        }
        waiting.forEach(Cancellable::cancel);
        CompletableFuture<Integer> next = start();
        end.countDown();
        assertThat(next.join()).isEqualTo(7);
        first.forEach(result -> assertThat(result.join()).isEqualTo(7));
    }

    @Test
    void failsWithTheFailureOfTheWork() {
        assertThatThrownBy(() -> threads.run(isCancelled -> {
                            throw new IllegalStateException("broken");
                        })
                        .await()
                        .atMost(LIMIT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("broken");
    }

    @Test
    void aThreadThatCannotStartHoldsNoPlace() {
        AtomicInteger failures = new AtomicInteger();
        LetterThreads few = new LetterThreads(work -> new Thread(work) {
            @Override
            public synchronized void start() {
                if (failures.incrementAndGet() <= 3) {
                    throw new OutOfMemoryError("unable to create native thread");
                }
                super.start();
            }
        });
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> few.run(isCancelled -> 7).await().atMost(LIMIT))
                    .hasStackTraceContaining("unable to create native thread");
        }
        assertThat(few.run(isCancelled -> 7).await().atMost(Duration.ofSeconds(2)))
                .isEqualTo(7);
    }

    private CompletableFuture<Integer> start() {
        return threads.run(this::hold).subscribeAsCompletionStage();
    }

    private int hold(BooleanSupplier isCancelled) {
        running.incrementAndGet();
        try {
            assertThat(end.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.decrementAndGet();
        return 7;
    }
}
