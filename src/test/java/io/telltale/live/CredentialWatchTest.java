package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.api.CallerCredential;
import io.telltale.settings.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class CredentialWatchTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ManualClock clock = new ManualClock(NOW);
    private final Hub hub = new Hub(new NewestTimestamps(), new SimpleMeterRegistry(), clock);
    private final CredentialWatch watch = new CredentialWatch(hub, clock);

    private StreamClient subscribe(CallerCredential credential) {
        StreamClient client =
                new StreamClient(Subscription.of(LiveFixture.filter(Set.of(), null, null), Set.of()), Mode.EVERY, hub);
        hub.add(client.subscriber());
        client.subscriber().begin(LiveEvent.idLine("first"), true);
        client.open();
        watch.watch(client.subscriber(), credential);
        return client;
    }

    @Test
    void endsAStreamWithItsCredential() {
        long end = NOW.plusSeconds(60).toEpochMilli();
        StreamClient ending = subscribe(new CallerCredential("key:a", end, () -> true));
        StreamClient other = subscribe(new CallerCredential("key:b", end + 1, () -> true));
        StreamClient anonymous = subscribe(CallerCredential.ANONYMOUS);
        clock.move(Duration.ofSeconds(59));
        watch.check();
        assertThat(ending.isEnded()).isFalse();
        clock.move(Duration.ofSeconds(1));
        watch.check();
        assertThat(ending.text()).endsWith("event: goodbye\ndata: {\"reason\":\"credential-expired\"}\n\n");
        assertThat(ending.isEnded()).isTrue();
        assertThat(hub.has(ending.subscriber())).isFalse();
        assertThat(other.isEnded()).isFalse();
        assertThat(anonymous.isEnded()).isFalse();
    }

    @Test
    void endsAStreamWhoseCredentialIsRevoked() {
        AtomicBoolean isInForce = new AtomicBoolean(true);
        StreamClient client = subscribe(new CallerCredential("key:a", Long.MAX_VALUE, isInForce::get));
        watch.check();
        assertThat(client.isEnded()).isFalse();
        isInForce.set(false);
        watch.check();
        watch.check();
        assertThat(client.text()).endsWith("event: goodbye\ndata: {\"reason\":\"credential-revoked\"}\n\n");
        assertThat(client.timesLeft()).isEqualTo(1);
    }

    @Test
    void doesNotEndAStreamThatItForgot() {
        StreamClient client = subscribe(new CallerCredential("key:a", Long.MAX_VALUE, () -> false));
        watch.forget(client.subscriber());
        watch.check();
        assertThat(client.isEnded()).isFalse();
    }
}
