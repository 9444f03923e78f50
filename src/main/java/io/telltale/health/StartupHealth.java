package io.telltale.health;

import io.telltale.ingest.DeadLetterTopic;
import io.telltale.store.Database;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Startup;

/**
 * The startup probe. Started: session, tables and statements of Cassandra are prepared, and the topic of the dead
 * letters exists. Without that topic the first bad record would block its partition.
 */
@Startup
class StartupHealth implements HealthCheck {

    private final Database cassandra;
    private final DeadLetterTopic deadLetterTopic;
    private final HealthDetails details;

    @Inject
    StartupHealth(Database cassandra, DeadLetterTopic deadLetterTopic, HealthDetails details) {
        this.cassandra = cassandra;
        this.deadLetterTopic = deadLetterTopic;
        this.details = details;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("start")
                .status(isStarted())
                .withData("tables", progress(cassandra.isReady()))
                .withData("topics", progress(deadLetterTopic.isVerified()));
        deadLetterTopic.refusal().ifPresent(reason -> response.withData("missing", details.shown(reason)));
        return response.build();
    }

    private static String progress(boolean isReady) {
        return isReady ? "ready" : "pending";
    }

    boolean isStarted() {
        return cassandra.isReady()
                && deadLetterTopic.isVerified()
                && deadLetterTopic.refusal().isEmpty();
    }
}
