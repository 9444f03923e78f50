package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestCoalescerTest {

    private long nanoTime;
    private final RequestCoalescer<String, String> reads = new RequestCoalescer<>(() -> nanoTime);
    private final List<UniEmitter<? super String>> begun = new ArrayList<>();
    private final List<String> cancelled = new ArrayList<>();

    @Test
    void thoseWhoAskAtTheSameTimeShareOneRead() {
        var first = ask("a");
        var second = ask("a");
        var other = ask("b");
        assertThat(begun).hasSize(2);
        begun.get(0).complete("answer");
        first.assertCompleted().assertItem("answer");
        second.assertCompleted().assertItem("answer");
        other.assertNotTerminated();
        assertThat(reads.size()).isEqualTo(1);
    }

    @Test
    void whoAsksAfterwardsIsAnsweredAnew() {
        ask("a");
        begun.get(0).complete("then");
        var later = ask("a");
        begun.get(1).complete("now");
        later.assertItem("now");
        assertThat(reads.size()).isZero();
    }

    @Test
    void aReadGoesOnUntilTheLastOfThoseWhoAskedHasGone() {
        var first = ask("a");
        var second = ask("a");
        first.cancel();
        assertThat(cancelled).isEmpty();
        second.cancel();
        assertThat(cancelled).containsExactly("a");
        assertThat(reads.size()).isZero();
    }

    /** What an answer says of itself would be too old for him. */
    @Test
    void whoAsksFiveSecondsLaterIsAnsweredAnewThoughTheReadIsStillUnderWay() {
        var first = ask("a");
        nanoTime = RequestCoalescer.JOINED_FOR.toNanos() - 1;
        var second = ask("a");
        nanoTime++;
        var third = ask("a");
        assertThat(begun).hasSize(2);
        begun.get(0).complete("then");
        first.assertItem("then");
        second.assertItem("then");
        third.assertNotTerminated();
        var fourth = ask("a");
        begun.get(1).complete("now");
        third.assertItem("now");
        fourth.assertItem("now");
        assertThat(reads.size()).isZero();
    }

    @Test
    void aFailureIsSharedAndNotKept() {
        var first = ask("a");
        var second = ask("a");
        begun.get(0).fail(new IllegalStateException("away"));
        first.assertFailedWith(IllegalStateException.class, "away");
        second.assertFailedWith(IllegalStateException.class, "away");
        assertThat(reads.size()).isZero();
    }

    private UniAssertSubscriber<String> ask(String key) {
        return reads.join(key, () -> Uni.createFrom()
                        .<String>emitter(begun::add)
                        .onCancellation()
                        .invoke(() -> cancelled.add(key)))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
    }
}
