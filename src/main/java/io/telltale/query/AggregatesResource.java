package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.telltale.sensors.SensorId;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Aggregates of one sensor's readings in windows. */
@Path("/api/v1")
public class AggregatesResource {

    private static final ContentNegotiation FORMATS =
            new ContentNegotiation(ResponseFormat.JSON, ResponseFormat.NDJSON);

    private final SensorLookup sensors;
    private final AggregatesResponses responses;
    private final MaximumRange maximum;
    private final Clock clock;

    @Inject
    AggregatesResource(SensorLookup sensors, AggregatesResponses responses, MaximumRanges maximum, Clock clock) {
        this.sensors = sensors;
        this.responses = responses;
        this.maximum = maximum.ofAggregates;
        this.clock = clock;
    }

    @GET
    @TakesConsistency
    @Path("/sensors/{id}/aggregates")
    @Produces({MediaType.APPLICATION_JSON, MediaTypes.NDJSON})
    public Uni<@Nullable Response> aggregates(
            @PathParam("id") String id,
            @Context UriInfo request,
            @Context HttpHeaders headers,
            @Context HttpServerRequest connection) {
        Parameters parameters = Parameters.of(
                request, "from", "to", "interval", "points", "functions", "timezone", "fill", "format", "consistency");
        AggregatesFormat format = FORMATS.select(parameters, headers) == ResponseFormat.NDJSON
                ? AggregatesFormat.LINES
                : AggregatesFormat.DOCUMENT;
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        AggregatesQuery query = AggregatesQuery.of(parameters, clock.millis());
        maximum.require(query.range());
        CallerCredential caller = CallerCredential.current();
        Uni<Void> sending = sensors.require(sensorId, parameters.scope(), query.consistency())
                .chain(sensor -> responses.send(caller, sensor, query, format, connection));
        return ResponseStream.orBreakOff(sending, connection).replaceWith((Response) null);
    }
}
