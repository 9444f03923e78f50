package io.telltale.ingest;

import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/** Not live: ingest holds records, deals with none of them, and waits for no outage that it knows of. */
@Liveness
class IngestLiveness implements HealthCheck {

    private final IngestHealth pulse;

    @Inject
    IngestLiveness(IngestHealth pulse) {
        this.pulse = pulse;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("ingest");
        pulse.deadlock().ifPresentOrElse(reason -> response.down().withData("reason", reason), response::up);
        return response.build();
    }
}
