package io.telltale.ingest;

import io.telltale.ingest.ConsumerWatchdog.Standstill;
import io.telltale.settings.RateLimitedLog;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Whether ingest makes progress, and what it waits for where it does not. For health and log. */
@Singleton
class IngestHealth {

    private static final Logger log = Logger.getLogger(IngestHealth.class);

    /** Far longer than any request may take, so that slowness is never mistaken for a standstill. */
    private static final long MILLIS_UNTIL_STUCK = 60_000;

    /** Where something fails that has only one place. */
    private static final Object EVERYWHERE = "everywhere";

    private final Clock clock;
    private final IngestMetrics metrics;

    /** By what is being tried, the longest first; only a handful of names. Guarded by itself. */
    private final Map<String, Failing> failing = new LinkedHashMap<>();

    /**
     * During an outage every batch fails again and again: one line says as much as a thousand. By what is being tried, so
     * that what fails all the time does not hide what fails now and then. Guarded by {@link #failing}.
     */
    private final Map<String, RateLimitedLog> warnings = new HashMap<>();

    private volatile boolean isFailing;
    private volatile long movedAtMillis;
    private volatile boolean isBusy;
    private volatile @Nullable Still still;
    private volatile @Nullable Throwable bug;

    /** What is being tried again and again: since when, where, the longest first, and why it failed last. */
    private static final class Failing {
        final long sinceMillis;
        final Set<Object> places = new LinkedHashSet<>();
        String reason = "";

        Failing(long sinceMillis) {
            this.sinceMillis = sinceMillis;
        }

        String where() {
            Object first = places.iterator().next();
            if (first.equals(EVERYWHERE)) {
                return "";
            }
            return places.size() == 1 ? " in " + first : " in %d places, first %s".formatted(places.size(), first);
        }
    }

    /**
     * What ingest waits for.
     *
     * @param what what fails
     * @param where in words that follow it; empty if it has only one place
     * @param reason why it failed last
     */
    record Outage(String what, String where, String reason) {
        @Override
        public String toString() {
            return "%s failed%s, %s".formatted(what, where, reason);
        }
    }

    /** The consumer stands still since then. */
    private record Still(Standstill standstill, long sinceMillis) {
        Optional<String> tooLong(long nowMillis) {
            long millis = nowMillis - sinceMillis;
            return millis > standstill.patience().toMillis()
                    ? Optional.of("for %d s the consumer of Kafka %s".formatted(millis / 1_000, standstill.reason()))
                    : Optional.empty();
        }
    }

    @Inject
    IngestHealth(Clock clock, IngestMetrics metrics) {
        this.clock = clock;
        this.metrics = metrics;
    }

    /** Something failed that has only one place, and is tried again. */
    void failed(String what, Throwable failure) {
        failed(what, EVERYWHERE, failure);
    }

    /**
     * Something failed and is tried again.
     *
     * @param place where: what goes well elsewhere does not end this outage
     */
    void failed(String what, Object place, Throwable failure) {
        metrics.retried();
        long now = clock.millis();
        String where;
        RateLimitedLog warning;
        synchronized (failing) {
            Failing outage = failing.computeIfAbsent(what, name -> new Failing(now));
            outage.places.add(place);
            outage.reason = String.valueOf(failure.getMessage());
            where = outage.where();
            isFailing = true;
            warning = warnings.computeIfAbsent(what, name -> new RateLimitedLog(log, Logger.Level.WARN));
        }
        warning.say("Ingest waits: %s failed%s and is tried again: %s".formatted(what, where, failure.getMessage()));
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
        succeeded(what, EVERYWHERE);
    }

    /** Something was done, in a certain place, that work waited for. */
    void succeeded(String what, Object place) {
        movedAtMillis = clock.millis();
        recovered(what, place);
    }

    /** Whether something was done just now that work waited for. */
    boolean hasMovedWithin(Duration time) {
        return clock.millis() - movedAtMillis < time.toMillis();
    }

    /** What failed goes well again, or did all the time: that alone is no progress. */
    void recovered(String what) {
        recovered(what, EVERYWHERE);
    }

    private void recovered(String what, Object place) {
        if (!isFailing) {
            return; // as nearly always
        }
        synchronized (failing) {
            Failing outage = failing.get(what);
            if (outage != null && outage.places.remove(place) && outage.places.isEmpty()) {
                failing.remove(what);
                isFailing = !failing.isEmpty();
                log.infof("Ingest goes on after %d ms: %s", clock.millis() - outage.sinceMillis, what);
            }
        }
    }

    /** Something happened that nobody has foreseen; ingest may never go on. Only a restart is sure to help. */
    void reportBug(Throwable unforeseen) {
        log.error(
                "Ingest is broken; the process should be restarted, and what is not committed is read again",
                unforeseen);
        bug = unforeseen;
    }

    /** Whether the consumer of Kafka stands still, as far as that is known now. */
    void consumerIs(Optional<Standstill> standstill) {
        Still last = still;
        still = standstill
                .map(found -> new Still(found, last == null ? clock.millis() : last.sinceMillis))
                .orElse(null);
    }

    /** Why ingest does nothing any more; empty if it does, or waits for what it knows of. */
    Optional<String> deadlock() {
        Throwable unforeseen = bug;
        if (unforeseen != null) {
            return Optional.of("broken by " + unforeseen);
        }
        if (isFailing) {
            return Optional.empty();
        }
        long idleMillis = clock.millis() - movedAtMillis;
        if (isBusy) {
            return idleMillis > MILLIS_UNTIL_STUCK
                    ? Optional.of("nothing was done for %d s, and nothing explains it".formatted(idleMillis / 1_000))
                    : Optional.empty();
        }
        return Optional.ofNullable(still).flatMap(since -> since.tooLong(clock.millis()));
    }

    /** What ingest waits for at this moment, the longest wait if there are several. */
    Optional<Outage> outage() {
        synchronized (failing) {
            return failing.entrySet().stream()
                    .findFirst()
                    .map(first -> new Outage(first.getKey(), first.getValue().where(), first.getValue().reason));
        }
    }
}
