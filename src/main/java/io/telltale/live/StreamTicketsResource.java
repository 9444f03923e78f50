package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.telltale.api.ProblemException;
import io.telltale.api.RequestDrain;
import io.telltale.api.SmallBody;
import io.telltale.api.StreamTickets;
import io.telltale.api.StreamTickets.Ticket;
import io.telltale.sensors.Rfc3339;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Issues tickets for streams to clients that cannot set headers, such as {@code EventSource}. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class StreamTicketsResource {

    private final StreamTickets tickets;
    private final Clock clock;
    private final Vertx vertx;

    @Inject
    StreamTicketsResource(StreamTickets tickets, Clock clock, Vertx vertx) {
        this.tickets = tickets;
        this.clock = clock;
        this.vertx = vertx;
    }

    @POST
    @Path("/stream-tickets")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> issue(@Context UriInfo request, @Context HttpServerRequest body) {
        try {
            Parameters.of(request);
            MediaTypes.ofBody(body.getHeader(HttpHeaders.CONTENT_TYPE), MediaType.APPLICATION_JSON);
            Function<Map<String, List<String>>, Ticket> issuer = tickets.ofCurrentCaller();
            return SmallBody.read(body, TicketBody.MAX_BYTES, vertx)
                    .map(TicketBody::read)
                    .invoke(this::validate)
                    .map(issuer)
                    .map(ticket -> Response.status(Response.Status.CREATED)
                            .header(HttpHeaders.CACHE_CONTROL, "no-store")
                            .entity(new TicketView(ticket.text(), Rfc3339.format(ticket.endMillis())))
                            .build());
        } catch (ProblemException e) {
            RequestDrain.discard(body, vertx);
            throw e;
        }
    }

    /** Refuses what the stream would refuse. */
    private void validate(Map<String, List<String>> query) {
        Parameters parameters = Parameters.of(query, "sensor", "type", "site", Parameters.LABELS, "since", "mode");
        parameters.sensors(LiveResource.MAX_SENSORS);
        parameters.sensorFilter();
        parameters.choice("mode", Mode.class);
        parameters.time("since", clock.millis());
    }
}
