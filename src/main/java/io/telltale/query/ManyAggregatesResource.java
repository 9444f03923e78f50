package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Aggregates of many sensors' readings in windows: a series for each sensor or group of sensors. */
@Path("/api/v1")
public class ManyAggregatesResource {

    private static final ContentNegotiation FORMATS =
            new ContentNegotiation(ResponseFormat.JSON, ResponseFormat.NDJSON, ResponseFormat.CSV);

    private final ManyAggregates aggregates;
    private final MaximumRange maximum;
    private final Clock clock;

    @Inject
    ManyAggregatesResource(ManyAggregates aggregates, MaximumRanges maximum, Clock clock) {
        this.aggregates = aggregates;
        this.maximum = maximum.ofAggregates;
        this.clock = clock;
    }

    @GET
    @TakesConsistency
    @Path("/aggregates")
    @Produces({MediaType.APPLICATION_JSON, MediaTypes.NDJSON, MediaTypes.CSV})
    public Uni<@Nullable Response> aggregates(
            @Context UriInfo request, @Context HttpHeaders headers, @Context HttpServerRequest connection) {
        Parameters parameters = Parameters.of(
                request,
                "sensor",
                "type",
                "site",
                Parameters.LABELS,
                "by",
                "from",
                "to",
                "interval",
                "points",
                "functions",
                "timezone",
                "fill",
                "format",
                "csv",
                "consistency");
        ResponseFormat format = FORMATS.select(parameters, headers);
        CsvForm csv = CsvForm.of(parameters, format);
        SensorSelection selection = SensorSelection.required(parameters);
        Grouping grouping = Grouping.of(parameters);
        AggregatesQuery query = AggregatesQuery.of(parameters, clock.millis());
        maximum.require(query.range());
        Uni<Void> sending = aggregates.send(
                new ManyAggregates.Request(
                        CallerCredential.current(), selection, grouping, query, format(format, query, grouping, csv)),
                connection);
        return ResponseStream.orBreakOff(sending, connection).replaceWith((Response) null);
    }

    private static SeriesFormat format(ResponseFormat format, AggregatesQuery query, Grouping grouping, CsvForm csv) {
        return switch (format) {
            case NDJSON -> new SeriesLines(query, grouping);
            case CSV -> new SeriesRows(query, grouping, csv.encoder());
            default -> new SeriesDocument(query, grouping);
        };
    }
}
