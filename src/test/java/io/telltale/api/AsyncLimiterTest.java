package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.telltale.api.AsyncLimiter.Permit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AsyncLimiterTest {

    private static final int MAX_WAITING = 1_024;

    private final List<String> acquired = new ArrayList<>();
    private final AsyncLimiter one = new AsyncLimiter(1, 1);
    private final AsyncLimiter hundred = new AsyncLimiter(100, MAX_WAITING);

    @Test
    void grantsTheNextRequestOnRelease() {
        Permit first = one.permit(1);
        Permit second = one.permit(1);
        acquire(first).assertCompleted();
        UniAssertSubscriber<Void> waiting = acquire(second).assertNotTerminated();
        first.release();
        waiting.assertCompleted();
        second.release();
        assertIdle(one);
    }

    @Test
    void grantsInTheOrderOfArrival() {
        Permit a = acquire(60, "a");
        Permit b = acquire(60, "b");
        // 10 are free, but a stream of small requests must not starve a large one.
        Permit c = acquire(10, "c");
        assertThat(acquired).containsExactly("a");
        assertThat(hundred.waiting()).isEqualTo(2);

        a.release();
        assertThat(acquired).containsExactly("a", "b", "c");
        assertThat(hundred.acquired()).isEqualTo(70);
        b.release();
        c.release();
        assertIdle(hundred);
    }

    @Test
    void refusesARequestWhenTheQueueIsFull() {
        Permit first = acquire(100, "first");
        for (int i = 0; i < MAX_WAITING; i++) {
            acquire(1, "waited");
        }
        acquire(hundred.permit(1)).assertFailedWith(AsyncLimiter.FullException.class, "100 permits are acquired");
        first.release();
        assertThat(acquired).hasSize(101);
        assertThat(hundred.waiting()).isEqualTo(MAX_WAITING - 100);
    }

    @Test
    void refusesAWeightAboveTheTotal() {
        assertThatThrownBy(() -> hundred.permit(101)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aReleasedRequestIsNotGranted() {
        Permit first = acquire(100, "first");
        Permit second = acquire(100, "second");
        second.release();
        second.release();
        first.release();
        assertThat(acquired).containsExactly("first");
        assertIdle(hundred);
    }

    @Test
    void aRequestThatGivesUpUnblocksThoseBehindIt() {
        acquire(60, "a");
        Permit large = acquire(60, "large");
        acquire(30, "b");
        assertThat(acquired).containsExactly("a");
        large.release();
        assertThat(acquired).containsExactly("a", "b");
        assertThat(hundred.acquired()).isEqualTo(90);
    }

    /** A client may disconnect at the very moment of its request. */
    @Test
    void aRequestReleasedBeforeAcquireTakesNothing() {
        Permit gone = one.permit(1);
        gone.release();
        acquire(gone).assertNotTerminated();
        acquire(one.permit(1)).assertCompleted();
    }

    @Test
    void releasingTwiceReleasesOnce() {
        Permit first = one.permit(1);
        acquire(first).assertCompleted();
        first.release();
        first.release();
        acquire(one.permit(1)).assertCompleted();
        assertThat(one.acquired()).isEqualTo(1);
    }

    @Test
    void aCancelledRequestStillReturnsItsPermits() {
        Permit first = one.permit(1);
        Permit second = one.permit(1);
        acquire(first).assertCompleted();
        acquire(second).cancel();
        first.release();
        second.release();
        assertIdle(one);
    }

    @Test
    void refusesToAcquireTwice() {
        Permit permit = one.permit(1);
        acquire(permit).assertCompleted();
        acquire(permit).assertFailedWith(IllegalStateException.class, "ACQUIRED");
    }

    @Test
    void aLongQueueOfShortWorkDoesNotOverflowTheStack() {
        int waiting = 100_000;
        AsyncLimiter limiter = new AsyncLimiter(1, waiting);
        Permit first = limiter.permit(1);
        acquire(first).assertCompleted();
        for (int i = 0; i < waiting; i++) {
            Permit permit = limiter.permit(1);
            permit.acquire().subscribe().with(ignored -> permit.release());
        }
        first.release();
        assertIdle(limiter);
    }

    @Test
    void neverExceedsTheTotalOnManyThreads() throws InterruptedException {
        int threads = 4;
        int requests = 20_000;
        AsyncLimiter limiter = new AsyncLimiter(10, Integer.MAX_VALUE);
        AtomicLong used = new AtomicLong();
        AtomicLong maxUsed = new AtomicLong();
        CountDownLatch ended = new CountDownLatch(threads * requests);
        ExecutorService requesters = Executors.newFixedThreadPool(threads);
        ExecutorService releasers = Executors.newFixedThreadPool(threads);
        try {
            for (int thread = 0; thread < threads; thread++) {
                Random random = new Random(thread);
                requesters.execute(() -> {
                    for (int i = 0; i < requests; i++) {
                        int weight = 1 + random.nextInt(10);
                        Permit permit = limiter.permit(weight);
                        permit.acquire().subscribe().with(ignored -> {
                            maxUsed.accumulateAndGet(used.addAndGet(weight), Math::max);
                            releasers.execute(() -> {
                                used.addAndGet(-weight);
                                permit.release();
                                ended.countDown();
                            });
                        });
                        if (i % 7 == 0) {
                            // Gives up: waiting, or already granted.
                            Permit impatient = limiter.permit(weight);
                            impatient.acquire().subscribe().with(ignored -> {});
                            impatient.release();
                        }
                    }
                });
            }
            assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            requesters.shutdownNow();
            releasers.shutdownNow();
        }
        assertThat(maxUsed.get()).isBetween(1L, 10L);
        assertIdle(limiter);
    }

    private Permit acquire(long weight, String name) {
        Permit permit = hundred.permit(weight);
        permit.acquire().subscribe().with(ignored -> acquired.add(name));
        return permit;
    }

    private static UniAssertSubscriber<Void> acquire(Permit permit) {
        return permit.acquire().subscribe().withSubscriber(UniAssertSubscriber.create());
    }

    private static void assertIdle(AsyncLimiter limiter) {
        assertThat(limiter.acquired()).isZero();
        assertThat(limiter.waiting()).isZero();
    }
}
