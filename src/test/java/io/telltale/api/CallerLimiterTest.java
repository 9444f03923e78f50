package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.telltale.api.CallerLimiter.Permit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallerLimiterTest {

    private static final CallerCredential ALICE = caller("key:alice");
    private static final CallerCredential BOB = caller("key:bob");

    private final List<String> acquired = new ArrayList<>();

    /** Four permits and a queue of four; a caller has two, and a queue of three. */
    private final CallerLimiter limiter = new CallerLimiter(4, 4, 2, 3);

    @Test
    void leavesPermitsToOthersWhileOneCallerWaits() {
        Permit first = acquire(ALICE, "a1");
        Permit second = acquire(ALICE, "a2");
        Permit third = acquire(ALICE, "a3");
        acquire(ALICE, "a4");
        assertThat(limiter.hasPermit(ALICE)).isFalse();
        assertThat(limiter.hasPermit(BOB)).isTrue();
        assertThat(third.waitsForCaller()).isTrue();
        acquire(BOB, "b1");
        assertThat(acquired).containsExactly("a1", "a2", "b1");
        assertThat(limiter.acquired(ALICE)).isEqualTo(2);
        assertThat(limiter.waiting(ALICE)).isEqualTo(2);
        assertThat(limiter.waiting()).isEqualTo(2);

        second.release();
        assertThat(acquired).containsExactly("a1", "a2", "b1", "a3");
        assertThat(third.waitsForCaller()).isFalse();
        first.release();
        assertThat(acquired).containsExactly("a1", "a2", "b1", "a3", "a4");
    }

    @Test
    void refusesARequestWhenTheQueueOfItsCallerIsFull() {
        for (int i = 0; i < 5; i++) {
            acquire(ALICE, "alice");
        }
        Permit sixth = limiter.permit(ALICE, 1);
        subscribe(sixth).assertFailedWith(CallerLimiter.CallerFullException.class);
        sixth.release();
        assertThat(limiter.waiting(ALICE)).isEqualTo(3);
        acquire(BOB, "bob");
        assertThat(acquired).containsExactly("alice", "alice", "bob");
    }

    @Test
    void limitsAnonymousCallersInTotalOnly() {
        for (int i = 0; i < 8; i++) {
            acquire(CallerCredential.ANONYMOUS, "anyone");
        }
        assertThat(acquired).hasSize(4);
        assertThat(limiter.waiting()).isEqualTo(4);
        assertThat(limiter.callers()).isZero();
        Permit ninth = limiter.permit(CallerCredential.ANONYMOUS, 1);
        subscribe(ninth).assertFailedWith(AsyncLimiter.FullException.class);
    }

    @Test
    void queuesACallerBehindThoseThatCameBefore() {
        Permit first = acquire(ALICE, "a1");
        acquire(ALICE, "a2");
        Permit other = acquire(BOB, "b1");
        acquire(BOB, "b2");
        acquire(ALICE, "a3");
        acquire(caller("key:carol"), "c1");
        // The third of Alice enters the shared queue only now, behind Carol's.
        first.release();
        assertThat(acquired).containsExactly("a1", "a2", "b1", "b2", "c1");
        other.release();
        assertThat(acquired).containsExactly("a1", "a2", "b1", "b2", "c1", "a3");
    }

    @Test
    void forgetsCallersHoweverTheirRequestsEnd() {
        Permit holds = acquire(ALICE, "holds");
        acquire(BOB, "b1");
        acquire(BOB, "b2");
        Permit last = acquire(ALICE, "last");
        Permit waitsForOthers = acquire(caller("key:carol"), "never");
        Permit waitsForAlice = acquire(ALICE, "never");
        Permit notAcquired = limiter.permit(caller("key:dave"), 1);
        assertThat(limiter.callers()).isEqualTo(3);
        waitsForOthers.release();
        waitsForAlice.release();
        waitsForAlice.release();
        notAcquired.release();
        subscribe(notAcquired).assertNotTerminated();
        assertThat(limiter.callers()).isEqualTo(2);
        holds.release();
        holds.release();
        last.release();
        assertThat(limiter.callers()).isEqualTo(1);
        assertThat(limiter.acquired()).isEqualTo(2);
        assertThat(limiter.waiting()).isZero();
        assertThat(acquired).doesNotContain("never");
    }

    @Test
    void isIdleAfterManyThreads() throws Exception {
        CallerLimiter busy = new CallerLimiter(5, Integer.MAX_VALUE, 3, Integer.MAX_VALUE);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            Random random = new Random(thread);
            running.add(threads.submit(() -> {
                for (int i = 0; i < 20_000; i++) {
                    Permit permit = busy.permit(caller("key:" + random.nextInt(3)), 1 + random.nextInt(3));
                    boolean isAbandoned = random.nextInt(4) == 0;
                    UniAssertSubscriber<Void> granted = subscribe(permit);
                    if (!isAbandoned) {
                        granted.awaitItem();
                    }
                    permit.release();
                }
            }));
        }
        for (Future<?> one : running) {
            one.get(50, TimeUnit.SECONDS);
        }
        threads.shutdown();
        assertThat(busy.acquired()).isZero();
        assertThat(busy.waiting()).isZero();
        assertThat(busy.callers()).isZero();
    }

    private Permit acquire(CallerCredential caller, String name) {
        Permit permit = limiter.permit(caller, 1);
        permit.acquire().subscribe().with(granted -> acquired.add(name));
        return permit;
    }

    private static UniAssertSubscriber<Void> subscribe(Permit permit) {
        return permit.acquire().subscribe().withSubscriber(UniAssertSubscriber.create());
    }

    static CallerCredential caller(String name) {
        return new CallerCredential(name, Long.MAX_VALUE, () -> true);
    }
}
