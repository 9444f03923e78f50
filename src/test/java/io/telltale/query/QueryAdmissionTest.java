package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.telltale.api.CallerCredential;
import io.telltale.api.ProblemException;
import io.telltale.query.QueryAdmission.Capacity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryAdmissionTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private static final CallerCredential ALICE = new CallerCredential("key:alice", Long.MAX_VALUE, () -> true);
    private static final CallerCredential BOB = new CallerCredential("token:bob", Long.MAX_VALUE, () -> true);

    private final List<String> begun = new ArrayList<>();

    @Test
    void admitsWaitingQueriesInTheOrderOfArrival() {
        QueryAdmission room = new QueryAdmission(new Capacity(2, 3, 1, 1), LONG, "queries are read");
        var first = subscribe(room, "first", Uni.createFrom().nothing());
        subscribe(room, "second", Uni.createFrom().nothing());
        var third = subscribe(room, "third", Uni.createFrom().nothing());
        var fourth = subscribe(room, "fourth", Uni.createFrom().nothing());
        subscribe(room, "fifth", Uni.createFrom().nothing());
        assertThat(begun).containsExactly("first", "second");
        assertThat(room.acquired()).isEqualTo(2);
        assertThat(room.waiting()).isEqualTo(3);

        fourth.cancel();
        first.cancel();
        assertThat(begun).containsExactly("first", "second", "third");
        third.cancel();
        assertThat(begun).containsExactly("first", "second", "third", "fifth");
        assertThat(room.acquired()).isEqualTo(2);
        assertThat(room.waiting()).isZero();
    }

    @Test
    void releasesThePermitHoweverAQueryEnds() {
        QueryAdmission room = new QueryAdmission(new Capacity(1, 0, 1, 1), LONG, "queries are read");
        subscribe(room, "done", Uni.createFrom().item("an answer")).assertCompleted();
        subscribe(room, "failed", Uni.createFrom().failure(new IllegalStateException("no")))
                .assertFailed();
        room.heavy(CallerCredential.ANONYMOUS, () -> {
                    throw new IllegalStateException("not even begun");
                })
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create())
                .assertFailed();
        subscribe(room, "left", Uni.createFrom().nothing()).cancel();
        assertThat(room.acquired()).isZero();
    }

    @Test
    void rejectsAQueryWhileTheQueueIsFull() {
        QueryAdmission room = new QueryAdmission(new Capacity(1, 1, 1, 1), LONG, "queries are read");
        subscribe(room, "under way", Uni.createFrom().nothing());
        subscribe(room, "waits", Uni.createFrom().nothing());
        var problem = problemOf(subscribe(room, "too many", Uni.createFrom().nothing()));
        assertThat(problem.problem().status()).isEqualTo(429);
        assertThat(problem.problem().retryAfterSeconds()).isEqualTo(5);
        assertThat(problem.problem().detail())
                .contains("1 queries are read on this replica")
                .contains("1 wait; expected at most telltale.query.heavy=1 and telltale.query.waiting=1");
        assertThat(room.waiting()).isEqualTo(1);
    }

    @Test
    void rejectsAQueryWithoutAPermitInTime() {
        QueryAdmission room = new QueryAdmission(new Capacity(1, 1, 1, 1), Duration.ofMillis(20), "queries are read");
        subscribe(room, "under way", Uni.createFrom().nothing());
        var late = subscribe(room, "late", Uni.createFrom().nothing()).awaitFailure();
        assertThat(problemOf(late).problem().status()).isEqualTo(503);
        assertThat(problemOf(late).problem().detail())
                .contains("telltale.query.deadline=PT0.02S")
                .endsWith("1 queries are read");
        assertThat(room.waiting()).isZero();
        assertThat(begun).containsExactly("under way");
    }

    @Test
    void cancelsAPageThatTakesTooLong() {
        QueryAdmission room = new QueryAdmission(new Capacity(1, 1, 1, 1), Duration.ofMillis(20), "queries are read");
        List<String> cancelled = new ArrayList<>();
        assertThatThrownBy(() -> room.inTime(
                                Uni.createFrom().nothing().onCancellation().invoke(() -> cancelled.add("yes")))
                        .await()
                        .atMost(Duration.ofSeconds(30)))
                .hasMessageContaining("telltale.query.deadline=PT0.02S");
        assertThat(cancelled).containsExactly("yes");
    }

    @Test
    void refusesOnlyTheCallerThatHasReachedItsLimits() {
        QueryAdmission room = new QueryAdmission(new Capacity(3, 3, 1, 1), LONG, "queries are read");
        var first = subscribe(room, ALICE, "alice", Uni.createFrom().nothing());
        var second = subscribe(room, ALICE, "alice again", Uni.createFrom().nothing());
        var problem = problemOf(
                        subscribe(room, ALICE, "too many", Uni.createFrom().nothing()))
                .problem();
        assertThat(problem.status()).isEqualTo(429);
        assertThat(problem.retryAfterSeconds()).isEqualTo(5);
        assertThat(problem.detail())
                .startsWith("1 heavy queries of this credential run or are next on this replica and 1 wait for them;")
                .contains("telltale.query.heavy-per-caller=1 and telltale.query.waiting-per-caller=1");
        assertThat(room.hasPermit(ALICE)).isFalse();
        assertThat(room.hasPermit(BOB)).isTrue();
        var other = subscribe(room, BOB, "bob", Uni.createFrom().nothing());
        assertThat(begun).containsExactly("alice", "bob");
        first.cancel();
        assertThat(begun).containsExactly("alice", "bob", "alice again");
        second.cancel();
        other.cancel();
        assertThat(room.acquired()).isZero();
        assertThat(room.hasPermit(ALICE)).isTrue();
    }

    @Test
    void saysWhoseQueriesKeptALateOneWaiting() {
        QueryAdmission room = new QueryAdmission(new Capacity(3, 3, 1, 1), Duration.ofMillis(20), "queries are read");
        subscribe(room, ALICE, "under way", Uni.createFrom().nothing());
        var late = subscribe(room, ALICE, "late", Uni.createFrom().nothing()).awaitFailure();
        assertThat(problemOf(late).problem().status()).isEqualTo(503);
        assertThat(problemOf(late).problem().detail()).endsWith("1 queries are read for this credential");
        assertThat(room.waiting()).isZero();
    }

    private UniAssertSubscriber<Object> subscribe(QueryAdmission room, String name, Uni<Object> query) {
        return subscribe(room, CallerCredential.ANONYMOUS, name, query);
    }

    private UniAssertSubscriber<Object> subscribe(
            QueryAdmission room, CallerCredential caller, String name, Uni<Object> query) {
        return room.heavy(caller, () -> {
                    begun.add(name);
                    return query;
                })
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
    }

    private static ProblemException problemOf(UniAssertSubscriber<Object> subscriber) {
        return (ProblemException) subscriber.assertFailed().getFailure();
    }
}
