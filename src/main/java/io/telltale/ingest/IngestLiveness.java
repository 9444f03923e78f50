package io.telltale.ingest;

import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Not live: ingest holds records, deals with none of them, and waits for no outage that it knows of. */
@Liveness
class IngestLiveness implements HealthCheck {

    private final IngestPulse pulse;

    @Inject
    IngestLiveness(IngestPulse pulse) {
        this.pulse = pulse;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("ingest").status(!pulse.isStuck()).build();
    }
}
