package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Parameters;
import io.telltale.sensors.SensorId;
import io.telltale.store.SensorRegistry;
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

/** Aggregates of a sensor's readings, window by window. */
@Path("/api/v1")
public class AggregatesResource {

    /** The forms that windows can be had in; the first is what is given where any will do. */
    private static final ContentNegotiation FORMS =
            new ContentNegotiation(MediaType.APPLICATION_JSON, ReadingsResource.NDJSON);

    private final SensorRegistry sensors;
    private final AggregatesResponses answers;
    private final MaximumRange longest;
    private final Clock clock;

    @Inject
    AggregatesResource(SensorRegistry sensors, AggregatesResponses answers, MaximumRanges longest, Clock clock) {
        this.sensors = sensors;
        this.answers = answers;
        this.longest = longest.ofAggregates;
        this.clock = clock;
    }

    @GET
    @Path("/sensors/{id}/aggregates")
    @Produces({MediaType.APPLICATION_JSON, ReadingsResource.NDJSON})
    public Uni<@Nullable Response> aggregates(
            @PathParam("id") String id,
            @Context UriInfo request,
            @Context HttpHeaders headers,
            @Context HttpServerRequest connection) {
        AggregatesFormat form = FORMS.chosen(headers.getAcceptableMediaTypes()).equals(ReadingsResource.NDJSON)
                ? AggregatesFormat.LINES
                : AggregatesFormat.DOCUMENT;
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        AggregatesQuery query = AggregatesQuery.of(
                Parameters.of(request, "from", "to", "interval", "functions", "timezone", "fill", "consistency"),
                clock.millis());
        longest.require(query.range());
        Uni<Void> sending = sensors.find(sensorId, query.consistency())
                .map(found -> SensorsResource.orUnknown(found, sensorId))
                .chain(sensor -> answers.answer(sensor, query, form, connection));
        return ResponseStream.orBreakOff(sending, connection).replaceWith((Response) null);
    }
}
