package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.SharedCursorSigner;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.TimeRange;
import io.telltale.store.StoredReading;
import io.telltale.streams.Concatenation;
import io.telltale.wire.CsvEncoder;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import io.telltale.wire.SenMlEncoder;
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
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Ranges of one sensor's readings, as pages and as streams. */
@Path("/api/v1")
public class ReadingsResource {

    static final int DEFAULT_LIMIT = 1_000;
    static final String NDJSON = "application/x-ndjson";
    static final String CSV = "text/csv";
    static final String SENML = "application/senml+json";

    private static final ContentNegotiation FORMATS =
            new ContentNegotiation(MediaType.APPLICATION_JSON, NDJSON, CSV, SENML);

    private static final int BYTES_PER_READING = 64;

    private final SharedCursorSigner signer;
    private final SensorLookup sensors;
    private final ReadingPages pages;
    private final RangeResponses ranges;
    private final ResponseStream bodies;
    private final QueryAdmission admission;
    private final MaximumRanges maximum;
    private final Clock clock;
    private final ReadingEncoder encoder = new ReadingEncoder();

    /** The values of parameter {@code csv}. */
    private enum Csv {
        EXACT(CsvEncoder.EXACT),
        SPREADSHEET(CsvEncoder.SPREADSHEET);

        private final CsvEncoder encoder;

        Csv(CsvEncoder encoder) {
            this.encoder = encoder;
        }
    }

    static CsvEncoder csvEncoder(Parameters parameters) {
        return parameters.choice("csv", Csv.class).orElse(Csv.EXACT).encoder;
    }

    @Inject
    ReadingsResource(
            SharedCursorSigner signer,
            SensorLookup sensors,
            ReadingPages pages,
            RangeResponses ranges,
            ResponseStream bodies,
            QueryAdmission admission,
            MaximumRanges maximum,
            Clock clock) {
        this.signer = signer;
        this.sensors = sensors;
        this.pages = pages;
        this.ranges = ranges;
        this.bodies = bodies;
        this.admission = admission;
        this.maximum = maximum;
        this.clock = clock;
    }

    @GET
    @Path("/sensors/{id}/readings")
    @Gzipped
    @Produces({MediaType.APPLICATION_JSON, NDJSON, CSV, SENML})
    public Uni<@Nullable Response> range(
            @PathParam("id") String id,
            @Context UriInfo request,
            @Context HttpHeaders headers,
            @Context HttpServerRequest connection) {
        // One method for all: with several methods on one path, Quarkus calls the first where none is acceptable.
        return switch (FORMATS.select(headers.getAcceptableMediaTypes())) {
            case NDJSON -> lines(id, request, connection).replaceWith((Response) null);
            case CSV -> rows(id, request, connection).replaceWith((Response) null);
            case SENML -> pack(id, request, connection).replaceWith((Response) null);
            default -> page(id, request, connection);
        };
    }

    private Uni<@Nullable Response> page(String id, UriInfo request, HttpServerRequest connection) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request, "from", "to", "order", "limit", "cursor", "consistency");
        int limit = parameters.limit(ReadingPages.MAX_LIMIT, DEFAULT_LIMIT);
        RangeQuery query = RangeQuery.page(parameters, id, clock.millis(), signer);
        maximum.ofPage.require(query.range());
        return sensors.require(sensorId, query.consistency())
                .plug(admission::inTime)
                .chain(sensor -> pages.answer(sensor, query, limit, request, connection));
    }

    private Uni<Void> lines(String id, UriInfo request, HttpServerRequest connection) {
        Parameters parameters = Parameters.of(request, "from", "to", "order", "limit", "consistency");
        return stream(
                id,
                parameters,
                NDJSON,
                ResponseStream.EMPTY,
                connection,
                (sensor, found) -> found.map(page -> {
                    EncodedBytes lines = new EncodedBytes(BYTES_PER_READING * page.size());
                    page.forEach(reading -> encoder.line(reading.timestampMillis(), reading.value(), lines));
                    return lines.toByteArray();
                }));
    }

    private Uni<Void> rows(String id, UriInfo request, HttpServerRequest connection) {
        Parameters parameters = Parameters.of(request, "from", "to", "order", "limit", "csv", "consistency");
        CsvEncoder csv = csvEncoder(parameters);
        EncodedBytes header = new EncodedBytes(BYTES_PER_READING);
        csv.header(header);
        return stream(
                id,
                parameters,
                CSV + ";charset=UTF-8",
                header.toByteArray(),
                connection,
                (sensor, found) -> found.map(page -> {
                    EncodedBytes rows = new EncodedBytes(BYTES_PER_READING * page.size());
                    page.forEach(reading -> csv.row(reading.timestampMillis(), reading.value(), rows));
                    return rows.toByteArray();
                }));
    }

    private Uni<Void> pack(String id, UriInfo request, HttpServerRequest connection) {
        Parameters parameters = Parameters.of(request, "from", "to", "order", "limit", "consistency");
        TimeRange range = parameters.timeRange(clock.millis());
        if (!range.isEmpty() && range.fromMillis() < SenMlEncoder.MIN_TIMESTAMP_MILLIS) {
            throw Problem.badParameter(
                            "from",
                            Rfc3339.format(range.fromMillis()),
                            "%s or later: what is earlier a SenML pack cannot say"
                                    .formatted(Rfc3339.format(SenMlEncoder.MIN_TIMESTAMP_MILLIS)))
                    .exception();
        }
        byte[] open = {'['};
        byte[] close = {']', '\n'};
        return stream(id, parameters, SENML, open, connection, (sensor, found) -> {
            SenMlEncoder senMl =
                    new SenMlEncoder(sensor.id(), sensor.description().unit());
            Multi<byte[]> entries = found.map(page -> {
                EncodedBytes some = new EncodedBytes(BYTES_PER_READING * page.size());
                page.forEach(reading -> senMl.entry(reading.timestampMillis(), reading.value(), some));
                return some.toByteArray();
            });
            return Concatenation.of(List.of(entries, Multi.createFrom().item(close)));
        });
    }

    private Uni<Void> stream(
            String id,
            Parameters parameters,
            String mediaType,
            byte[] opening,
            HttpServerRequest connection,
            BiFunction<Sensor, Multi<List<StoredReading>>, Multi<byte[]>> encode) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        long limit = parameters.anyLimit();
        RangeQuery query = RangeQuery.whole(parameters, id, clock.millis());
        maximum.ofStream.require(query.range());
        Uni<Void> sending = sensors.require(sensorId, query.consistency())
                .chain(sensor -> ranges.read(
                        sensor,
                        query.range(),
                        query.order(),
                        limit,
                        query.consistency(),
                        (meta, found) -> bodies.send(
                                opening, encode.apply(sensor, found), mediaType, meta.headers(), connection)));
        return ResponseStream.orBreakOff(sending, connection);
    }
}
