package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.util.List;
import org.junit.jupiter.api.Test;

class AsyncLimiterTest {

    private final AsyncLimiter turns = new AsyncLimiter(1, 1);

    @Test
    void admitsTheNextWhenAPermitIsReleased() {
        AsyncLimiter.Turn first = turns.turn();
        AsyncLimiter.Turn second = turns.turn();
        comes(first).assertCompleted();
        UniAssertSubscriber<Void> waiting = comes(second).assertNotTerminated();
        first.end();
        waiting.assertCompleted();
        second.end();
        assertThat(List.of(turns.taken(), turns.waiting())).containsExactly(0, 0);
    }

    @Test
    void rejectsWhileTheQueueIsFull() {
        comes(turns.turn()).assertCompleted();
        comes(turns.turn()).assertNotTerminated();
        comes(turns.turn()).assertFailedWith(AsyncLimiter.FullException.class);
    }

    /** Its client may disconnect while it requests a permit. */
    @Test
    void takesNoPermitAfterAnEarlyEnd() {
        AsyncLimiter.Turn gone = turns.turn();
        gone.end();
        comes(gone).assertNotTerminated();
        comes(turns.turn()).assertCompleted();
    }

    @Test
    void releasesAPermitOnlyOnce() {
        AsyncLimiter.Turn first = turns.turn();
        comes(first).assertCompleted();
        first.end();
        first.end();
        comes(turns.turn()).assertCompleted();
        assertThat(turns.taken()).isEqualTo(1);
    }

    private static UniAssertSubscriber<Void> comes(AsyncLimiter.Turn turn) {
        return turn.comes().subscribe().withSubscriber(UniAssertSubscriber.create());
    }
}
