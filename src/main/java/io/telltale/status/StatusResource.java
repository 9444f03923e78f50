package io.telltale.status;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Parameters;
import io.telltale.security.Addresses;
import io.telltale.sensors.Scope;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

/** The state of the service, also while Kafka or Cassandra is unavailable. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class StatusResource {

    private final StatusSnapshots snapshots;

    @Inject
    StatusResource(StatusSnapshots snapshots) {
        this.snapshots = snapshots;
    }

    @GET
    @Path("/status")
    public Uni<StatusView> status(@Context UriInfo request) {
        Scope scope = Parameters.of(request).scope();
        boolean isWithAddresses = Addresses.areShown();
        return snapshots
                .current()
                .map(status -> status.in(scope))
                .map(status -> isWithAddresses ? status : status.withoutAddresses());
    }
}
