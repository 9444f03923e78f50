package io.telltale.ingest;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Whether ingest makes progress, and what it waits for where it does not. For health and log. */
@Singleton
class IngestPulse {

    private static final Logger log = Logger.getLogger(IngestPulse.class);

    /** During an outage every batch fails again and again: one line says as much as a thousand. */
    private static final long MILLIS_BETWEEN_WARNINGS = 10_000;

    /** Far longer than any request may take, so that slowness is never mistaken for a standstill. */
    private static final long MILLIS_UNTIL_STUCK = 60_000;

    private final Clock clock;
    private final IngestMetrics metrics;
    private volatile @Nullable Outage outage;
    private volatile long warnedAtMillis;
    private volatile long movedAtMillis;
    private volatile boolean isBusy;

    /** What is being tried again and again, since when, and why it failed last. */
    record Outage(String what, long sinceMillis, String reason) {}

    @Inject
    IngestPulse(Clock clock, IngestMetrics metrics) {
        this.clock = clock;
        this.metrics = metrics;
    }

    void failed(String what, Throwable failure) {
        metrics.retried();
        long now = clock.millis();
        Outage before = outage;
        outage = new Outage(what, before == null ? now : before.sinceMillis(), String.valueOf(failure.getMessage()));
        if (now - warnedAtMillis >= MILLIS_BETWEEN_WARNINGS) {
            warnedAtMillis = now;
            log.warnf("Ingest waits: %s failed and is tried again: %s", what, failure);
        }
    }

    /** A poll was taken and is not held yet, or readings are held that are not durable yet; or nothing is left to do. */
    void busy(boolean busy) {
        if (busy && !isBusy) {
            movedAtMillis = clock.millis();
        }
        isBusy = busy;
    }

    void succeeded() {
        movedAtMillis = clock.millis();
        Outage over = outage;
        if (over != null) {
            outage = null;
            log.infof("Ingest goes on after %d ms: %s", clock.millis() - over.sinceMillis(), over.what());
        }
    }

    /** Whether there is work, none of it gets done, and nothing that is being tried again explains it. */
    boolean isStuck() {
        return isBusy && outage == null && clock.millis() - movedAtMillis > MILLIS_UNTIL_STUCK;
    }

    /** What ingest waits for at this moment, if it does. */
    Optional<Outage> outage() {
        return Optional.ofNullable(outage);
    }
}
