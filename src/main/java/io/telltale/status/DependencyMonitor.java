package io.telltale.status;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.telltale.health.DependencyHealth;
import io.telltale.health.DependencyHealth.Dependency;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether Kafka and Cassandra answer, and since when. It also checks every 5 s without a request: otherwise an outage
 * would begin with the first request that finds it.
 */
@Singleton
class DependencyMonitor {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final DependencyHealth health;
    private final Clock clock;
    private final Observations ofKafka = new Observations();
    private final Observations ofCassandra = new Observations();

    /**
     * The availability of a dependency.
     *
     * @param sinceMillis the start of the first of the checks in a row with this result
     */
    record Availability(boolean isUp, long sinceMillis) {}

    /** The availability of both. */
    record Availabilities(Availability kafka, Availability cassandra) {}

    @Inject
    DependencyMonitor(DependencyHealth health, Clock clock) {
        this.health = health;
        this.clock = clock;
    }

    void start(@Observes StartupEvent start, Vertx vertx) {
        checkInBackground();
        vertx.setPeriodic(INTERVAL.toMillis(), timer -> checkInBackground());
    }

    private void checkInBackground() {
        check().subscribe().with(checked -> {});
    }

    /** Checks both now. Completes within 2 s, and never fails. */
    Uni<Availabilities> check() {
        return Uni.combine()
                .all()
                .unis(check(ofKafka, health.kafka()), check(ofCassandra, health.cassandra()))
                .with(Availabilities::new);
    }

    private Uni<Availability> check(Observations observations, Uni<Dependency> check) {
        return Uni.createFrom().deferred(() -> {
            long startedMillis = clock.millis();
            return check.map(found -> observations.add(found.isAvailable(), startedMillis));
        });
    }

    /** The checks of one dependency. Thread-safe. */
    static final class Observations {

        private @Nullable Availability latest;
        private long startedMillis;

        /** Adds a check. A check that began before the latest changes nothing: it is slower, and says less. */
        synchronized Availability add(boolean isUp, long started) {
            Availability known = latest;
            boolean isChange = known == null || (known.isUp() != isUp && started >= startedMillis);
            Availability now = isChange || known == null ? new Availability(isUp, started) : known;
            startedMillis = Math.max(startedMillis, started);
            latest = now;
            return now;
        }
    }
}
