package io.telltale.health;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.telltale.health.DependencyHealth.Dependency;
import io.telltale.ingest.IngestHealth;
import io.telltale.security.ApiKeys;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * The readiness probe. Ready: started, not stopping, and Kafka or Cassandra answers. One of them is enough, because the
 * requests that need only that one are served.
 */
@Singleton
@Readiness
public class ReadinessHealth implements AsyncHealthCheck {

    private static final String NAME = "telltale";

    private final StartupHealth startup;
    private final DependencyHealth dependencies;
    private final IngestHealth ingest;
    private final ApiKeys apiKeys;
    private final HealthDetails details;
    private volatile boolean isStopping;

    @Inject
    ReadinessHealth(
            @Startup StartupHealth startup,
            DependencyHealth dependencies,
            IngestHealth ingest,
            ApiKeys apiKeys,
            HealthDetails details) {
        this.startup = startup;
        this.dependencies = dependencies;
        this.ingest = ingest;
        this.apiKeys = apiKeys;
        this.details = details;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return isStopping
                ? Uni.createFrom().item(ReadinessHealth::stopping)
                : Uni.combine()
                        .all()
                        .unis(dependencies.kafka(), dependencies.cassandra())
                        .with(this::response);
    }

    private static HealthCheckResponse stopping() {
        return HealthCheckResponse.named(NAME).down().withData("stopping", true).build();
    }

    /** Whether the service is ready, given which dependencies answer. */
    public boolean isReady(boolean isKafkaAvailable, boolean isCassandraAvailable) {
        return !isStopping && startup.isStarted() && (isKafkaAvailable || isCassandraAvailable);
    }

    private HealthCheckResponse response(Dependency kafka, Dependency cassandra) {
        HealthCheckResponseBuilder response = HealthCheckResponse.named(NAME)
                .status(isReady(kafka.isAvailable(), cassandra.isAvailable()))
                .withData("kafka", availability(kafka))
                .withData("cassandra", availability(cassandra));
        ingest.outage().ifPresent(outage -> response.withData("ingest", "waits: " + details.shown(outage.toString())));
        if (apiKeys.areOutdated()) {
            response.withData("apiKeys", "the file is not valid; the keys of its last good version are in force");
        }
        return response.build();
    }

    private static String availability(Dependency dependency) {
        return dependency.isAvailable() ? "available" : "unavailable";
    }

    /** First in the shutdown sequence, so that load balancers send no request that would be refused. */
    void stop(@Observes @Priority(1) ShutdownDelayInitiatedEvent shutdown) {
        isStopping = true;
    }
}
