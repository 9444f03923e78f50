package io.telltale.status;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Parameters;
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
        Parameters.of(request);
        return snapshots.current();
    }
}
