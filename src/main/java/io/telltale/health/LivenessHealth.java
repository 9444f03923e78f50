package io.telltale.health;

import io.telltale.ingest.IngestHealth;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/** The liveness probe. Down: ingest has work, makes no progress, and no known outage explains it. */
@Liveness
class LivenessHealth implements HealthCheck {

    private final IngestHealth ingest;
    private final HealthDetails details;

    @Inject
    LivenessHealth(IngestHealth ingest, HealthDetails details) {
        this.ingest = ingest;
        this.details = details;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("ingest");
        ingest.deadlock()
                .ifPresentOrElse(reason -> response.down().withData("reason", details.shown(reason)), response::up);
        return response.build();
    }
}
