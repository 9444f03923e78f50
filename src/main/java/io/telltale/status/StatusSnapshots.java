package io.telltale.status;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.telltale.health.ReadinessHealth;
import io.telltale.sensors.Rfc3339;
import io.telltale.status.DependencyMonitor.Availabilities;
import io.telltale.store.ClusterNodes;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.Readiness;
import org.jspecify.annotations.Nullable;

/**
 * Takes snapshots of the state of the service. One serves all calls of the next second, so that many viewers cost as
 * much as one. A slow dependency delays a snapshot by at most 2 s.
 */
@Singleton
class StatusSnapshots {

    private static final Duration MAX_AGE = Duration.ofSeconds(1);

    private final DependencyMonitor dependencies;
    private final ReadinessHealth readiness;
    private final TopicLags topics;
    private final ClusterNodes nodes;
    private final ReplicaCounters counters;
    private final Clock clock;
    private final String version;
    private final String replica = UUID.randomUUID().toString();
    private volatile long startedAtMillis;

    private @Nullable Snapshot latest; // Guarded by this.

    /** A snapshot, in progress or completed. */
    private record Snapshot(long takenAtMillis, Uni<StatusView> answer) {}

    @Inject
    StatusSnapshots(
            DependencyMonitor dependencies,
            @Readiness ReadinessHealth readiness,
            TopicLags topics,
            ClusterNodes nodes,
            ReplicaCounters counters,
            Clock clock,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.dependencies = dependencies;
        this.readiness = readiness;
        this.topics = topics;
        this.nodes = nodes;
        this.counters = counters;
        this.clock = clock;
        this.version = version;
        this.startedAtMillis = clock.millis();
    }

    void start(@Observes StartupEvent start) {
        startedAtMillis = clock.millis();
    }

    /** A snapshot that is at most a second older than its completion. Never fails. */
    Uni<StatusView> current() {
        long now = clock.millis();
        synchronized (this) {
            Snapshot snapshot = latest;
            if (snapshot == null || Math.abs(now - snapshot.takenAtMillis) >= MAX_AGE.toMillis()) {
                snapshot = new Snapshot(now, take(now).memoize().indefinitely());
                latest = snapshot;
            }
            return snapshot.answer;
        }
    }

    private Uni<StatusView> take(long now) {
        return Uni.combine()
                .all()
                .unis(dependencies.check(), topics.current())
                .with((available, lags) -> view(available, lags, now));
    }

    private StatusView view(Availabilities available, List<TopicLag> lags, long now) {
        boolean isKafkaUp = available.kafka().isUp();
        boolean isCassandraUp = available.cassandra().isUp();
        return new StatusView(
                readiness.isReady(isKafkaUp, isCassandraUp),
                StatusView.Dependency.of(available.kafka()),
                new StatusView.Cassandra(
                        isCassandraUp,
                        Rfc3339.format(available.cassandra().sinceMillis()),
                        nodes.all().stream().map(NodeView::of).toList()),
                lags.stream().map(StatusView.Topic::of).toList(),
                counters.received(),
                counters.stored(),
                counters.rejected(),
                counters.latency(),
                new StatusView.Live(counters.subscribers()),
                replica,
                version,
                Duration.ofSeconds(Math.max(0, now - startedAtMillis) / 1_000).toString(),
                Rfc3339.format(now));
    }
}
