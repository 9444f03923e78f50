package io.telltale.ingest;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

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
    /** By what is being tried; only a handful of names. */
    private final Map<String, Outage> outages = new ConcurrentHashMap<>();

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
        String reason = String.valueOf(failure.getMessage());
        outages.compute(what, (name, before) -> new Outage(name, before == null ? now : before.sinceMillis(), reason));
        if (now - warnedAtMillis >= MILLIS_BETWEEN_WARNINGS) {
            warnedAtMillis = now;
            log.warnf("Ingest waits: %s failed and is tried again: %s", what, reason);
        }
    }

    /** A poll was taken and is not held yet, or readings are held that are not durable yet; or nothing is left to do. */
    void busy(boolean busy) {
        if (busy && !isBusy) {
            movedAtMillis = clock.millis();
        }
        isBusy = busy;
    }

    /** Something was done that work waited for. */
    void succeeded(String what) {
        movedAtMillis = clock.millis();
        recovered(what);
    }

    /** What failed goes well again, or did all the time: that alone is no progress. */
    void recovered(String what) {
        long now = clock.millis();
        Outage over = outages.remove(what);
        if (over != null) {
            log.infof("Ingest goes on after %d ms: %s", now - over.sinceMillis(), what);
        }
    }

    /** Whether there is work, none of it gets done, and nothing that is being tried again explains it. */
    boolean isStuck() {
        return isBusy && outages.isEmpty() && clock.millis() - movedAtMillis > MILLIS_UNTIL_STUCK;
    }

    /** What ingest waits for at this moment, the longest wait if there are several. */
    Optional<Outage> outage() {
        return outages.values().stream().min(Comparator.comparingLong(Outage::sinceMillis));
    }
}
