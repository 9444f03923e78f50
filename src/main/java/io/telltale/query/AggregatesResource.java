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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Aggregates of a sensor's readings, window by window. */
@Path("/api/v1")
@Tag(name = "readings")
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
    @Operation(
            operationId = "getAggregates",
            summary = "Aggregates of a sensor's readings in the windows of [from, to)",
            description = """
                    Windows follow the calendar of `timezone`; those at the edges are clipped to the range. At most 10000, \
                    in either form.

                    Booleans count as 0 and 1. Strings are readings to `count`, `first` and `last` alone; the other \
                    functions are of the numbers and booleans of the window, and null where there are none, or where no \
                    double holds the result. `stddev` is the sample one, null for fewer than two values. Percentiles are \
                    interpolated between closest ranks, exact up to 10000 values in a window (a setting) and beyond from a \
                    KLL sketch, whose rank is off by less than 0.07 % of the values 99 times in 100; `percentiles` in \
                    `meta` says `sketch` if any window has such, else `exact`. Of NDJSON the trailer \
                    `telltale-percentiles` says so.""")
    @Parameter(name = "id", in = ParameterIn.PATH, ref = "id")
    @Parameter(name = "from", ref = "from")
    @Parameter(name = "to", ref = "to")
    @Parameter(name = "interval", ref = "interval")
    @Parameter(name = "functions", ref = "functions")
    @Parameter(name = "timezone", ref = "timezone")
    @Parameter(name = "fill", ref = "fill")
    @Parameter(name = "consistency", ref = "consistency")
    @APIResponse(
            responseCode = "200",
            description = "The windows in order of time, sent as they are made; breaks off where it cannot go on. What"
                    + " `meta` says, the headers say too",
            headers = {
                @Header(name = "telltale-consistency", ref = "telltaleConsistency"),
                @Header(name = "telltale-complete", ref = "telltaleComplete"),
                @Header(name = "telltale-reason", ref = "telltaleReason"),
                @Header(name = "telltale-ingested-through", ref = "telltaleIngestedThrough")
            },
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(implementation = Aggregates.class),
                        examples = @ExampleObject(name = "aggregates", ref = "aggregates")),
                @Content(
                        mediaType = ReadingsResource.NDJSON,
                        schema = @Schema(implementation = Aggregates.AggregateWindow.class),
                        examples = @ExampleObject(name = "aggregateWindow", ref = "aggregateWindow"))
            })
    @APIResponse(responseCode = "400", ref = "BadRequest")
    @APIResponse(responseCode = "404", ref = "NotFound")
    @APIResponse(responseCode = "406", ref = "NotAcceptable")
    @APIResponse(responseCode = "429", ref = "TooManyQueries")
    @APIResponse(responseCode = "503", ref = "Unavailable")
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
