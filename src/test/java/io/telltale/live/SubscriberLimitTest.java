package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.api.CallerCredential;
import io.telltale.api.ProblemException;
import io.telltale.live.SubscriberLimit.Permit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriberLimitTest {

    private final SubscriberLimit limit = new SubscriberLimit(LiveSettings.DEFAULTS);

    private static CallerCredential caller(String name) {
        return new CallerCredential(name, Long.MAX_VALUE, () -> true);
    }

    /** All limits of {@link LiveSettings} are greater than that of a caller. */
    @Test
    void limitsTheStreamsOfACallerFromAllAddresses() {
        List<Permit> permits = new ArrayList<>();
        for (int stream = 0; stream < LiveSettings.SUBSCRIBERS_PER_CALLER; stream++) {
            permits.add(limit.acquire("address " + stream, caller("key:a")));
        }
        assertThatThrownBy(() -> limit.acquire("another", caller("key:a")))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.problem().status()).isEqualTo(429);
                    assertThat(e.problem().retryAfterSeconds()).isEqualTo(5);
                    assertThat(e.problem().detail())
                            .endsWith("expected at most telltale.live.subscribers-per-caller=%d"
                                    .formatted(LiveSettings.SUBSCRIBERS_PER_CALLER));
                });
        limit.acquire("another", caller("key:b")).release();
        permits.get(0).release();
        permits.get(0).release();
        limit.acquire("another", caller("key:a"));
        assertThatThrownBy(() -> limit.acquire("another", caller("key:a"))).isInstanceOf(ProblemException.class);
    }

    @Test
    void anonymousCallersShareNoLimit() {
        for (int stream = 0; stream < 2 * LiveSettings.SUBSCRIBERS_PER_CALLER; stream++) {
            limit.acquire("address " + stream, CallerCredential.ANONYMOUS);
        }
    }
}
