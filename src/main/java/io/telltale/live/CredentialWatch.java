package io.telltale.live;

import io.telltale.api.CallerCredential;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Ends streams whose credential has ended or was revoked, within about a second. Thread-safe. */
@Singleton
class CredentialWatch {

    private static final long CHECK_MILLIS = 1_000;

    private final Hub hub;
    private final Clock clock;
    private final Map<Subscriber, CallerCredential> watched = new ConcurrentHashMap<>();

    @Inject
    CredentialWatch(Hub hub, Clock clock, Vertx vertx) {
        this(hub, clock);
        vertx.setPeriodic(CHECK_MILLIS, timer -> check());
    }

    /** Creates a watch that checks when the test says so. */
    CredentialWatch(Hub hub, Clock clock) {
        this.hub = hub;
        this.clock = clock;
    }

    /** Watches the credential of a subscriber until it is {@linkplain #forget forgotten}. */
    void watch(Subscriber subscriber, CallerCredential credential) {
        if (!credential.isAnonymous() || credential.endMillis() != Long.MAX_VALUE) {
            watched.put(subscriber, credential);
        }
    }

    void forget(Subscriber subscriber) {
        watched.remove(subscriber);
    }

    void check() {
        long now = clock.millis();
        watched.forEach((subscriber, credential) -> {
            if (now >= credential.endMillis()) {
                end(subscriber, Goodbye.CREDENTIAL_EXPIRED);
            } else if (!credential.inForce().getAsBoolean()) {
                end(subscriber, Goodbye.CREDENTIAL_REVOKED);
            }
        });
    }

    private void end(Subscriber subscriber, Goodbye reason) {
        forget(subscriber);
        hub.dismiss(subscriber, reason);
    }
}
