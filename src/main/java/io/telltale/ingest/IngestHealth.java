package io.telltale.ingest;

import io.telltale.ingest.ConsumerWatchdog.Standstill;
import io.telltale.ingest.offsets.OutageListener;
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

/** Knows whether ingest makes progress and, if not, which outage stops it. For health checks and the log. */
@Singleton
public class IngestHealth implements OutageListener {

    private static final Logger log = Logger.getLogger(IngestHealth.class);

    /** Far longer than any request timeout, so that a slow request never counts as a deadlock. */
    private static final long DEADLOCK_MILLIS = 60_000;

    /** The place of an operation that has only one. */
    private static final Object EVERYWHERE = "everywhere";

    private final Clock clock;
    private final IngestMetrics metrics;

    /** The outages by operation, the longest first; few, since operations are named in the code. Guarded by itself. */
    private final Map<String, Failing> failing = new LinkedHashMap<>();

    /**
     * One rate-limited log per operation: in an outage every batch fails, and frequent failures of one operation must
     * not hide rare failures of another. Guarded by {@link #failing}.
     */
    private final Map<String, RateLimitedLog> warnings = new HashMap<>();

    private volatile boolean isFailing;
    private volatile long movedAtMillis;
    private volatile boolean isBusy;
    private volatile @Nullable Still still;
    private volatile @Nullable Throwable bug;

    /** An operation that is being retried: since when, in which places, the longest first, and its last failure. */
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
     * An operation that ingest retries, and waits for.
     *
     * @param what the operation
     * @param where the place, in words that follow "failed"; empty if there is only one
     * @param reason the message of its last failure
     */
    public record Outage(String what, String where, String reason) {
        @Override
        public String toString() {
            return "%s failed%s, %s".formatted(what, where, reason);
        }
    }

    /** A standstill of the consumer, and its start. */
    private record Still(Standstill standstill, long sinceMillis) {
        Optional<String> tooLong(long nowMillis) {
            long millis = nowMillis - sinceMillis;
            return millis > standstill.patience().toMillis()
                    ? Optional.of("for %d s the Kafka consumer %s".formatted(millis / 1_000, standstill.reason()))
                    : Optional.empty();
        }
    }

    @Inject
    IngestHealth(Clock clock, IngestMetrics metrics) {
        this.clock = clock;
        this.metrics = metrics;
    }

    /** Reports a failure of an operation that is retried and has only one place. */
    @Override
    public void failed(String what, Throwable failure) {
        failed(what, EVERYWHERE, failure);
    }

    /**
     * Reports a failure of an operation that is retried.
     *
     * @param place success in another place does not end this outage
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
        warning.say("Ingest waits: %s failed%s, retrying: %s".formatted(what, where, failure.getMessage()));
    }

    /** Reports whether ingest has work: a poll in progress, held readings or dead letters in flight. */
    void setBusy(boolean hasWork) {
        if (hasWork && !isBusy) {
            movedAtMillis = clock.millis();
        }
        isBusy = hasWork;
    }

    /** Reports progress: an operation that work waits for succeeded. */
    void succeeded(String what) {
        succeeded(what, EVERYWHERE);
    }

    /** Reports progress in one place. */
    void succeeded(String what, Object place) {
        movedAtMillis = clock.millis();
        recovered(what, place);
    }

    /** Whether there was progress within this time. */
    boolean hasMovedWithin(Duration time) {
        return clock.millis() - movedAtMillis < time.toMillis();
    }

    /** Reports success of an operation that no work waits for: it ends an outage, but is no progress. */
    @Override
    public void recovered(String what) {
        recovered(what, EVERYWHERE);
    }

    private void recovered(String what, Object place) {
        if (!isFailing) {
            return; // the usual case, without the lock
        }
        synchronized (failing) {
            Failing outage = failing.get(what);
            if (outage != null && outage.places.remove(place) && outage.places.isEmpty()) {
                failing.remove(what);
                isFailing = !failing.isEmpty();
                log.infof("Ingest resumes after %d ms: %s", clock.millis() - outage.sinceMillis, what);
            }
        }
    }

    /**
     * Reports an unexpected exception. Ingest may have stopped for good, so it counts as deadlocked until a restart.
     */
    void reportBug(Throwable unexpected) {
        log.error("Ingest is broken: restart the process; uncommitted records are read again", unexpected);
        bug = unexpected;
    }

    /** Reports the latest observation of the Kafka consumer. */
    void consumerIs(Optional<Standstill> standstill) {
        Still last = still;
        still = standstill
                .map(found -> new Still(found, last == null ? clock.millis() : last.sinceMillis))
                .orElse(null);
    }

    /** Why ingest makes no progress; empty if it does, or if an outage explains it. */
    public Optional<String> deadlock() {
        Throwable unexpected = bug;
        if (unexpected != null) {
            return Optional.of("broken by " + unexpected);
        }
        if (isFailing) {
            return Optional.empty();
        }
        long idleMillis = clock.millis() - movedAtMillis;
        if (isBusy) {
            return idleMillis > DEADLOCK_MILLIS
                    ? Optional.of("no progress for %d s without a known outage".formatted(idleMillis / 1_000))
                    : Optional.empty();
        }
        return Optional.ofNullable(still).flatMap(since -> since.tooLong(clock.millis()));
    }

    /** The current outage; the longest if there are several. */
    public Optional<Outage> outage() {
        synchronized (failing) {
            return failing.entrySet().stream()
                    .findFirst()
                    .map(first -> new Outage(first.getKey(), first.getValue().where(), first.getValue().reason));
        }
    }
}
