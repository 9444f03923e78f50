package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Gzipped;
import io.telltale.api.MediaTypes;
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

    private static final ContentNegotiation FORMATS = new ContentNegotiation(
            ResponseFormat.JSON, ResponseFormat.NDJSON, ResponseFormat.CSV, ResponseFormat.SENML);

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
    @TakesConsistency
    @Path("/sensors/{id}/readings")
    @Gzipped
    @Produces({MediaType.APPLICATION_JSON, MediaTypes.NDJSON, MediaTypes.CSV, MediaTypes.SENML})
    public Uni<@Nullable Response> range(
            @PathParam("id") String id,
            @Context UriInfo request,
            @Context HttpHeaders headers,
            @Context HttpServerRequest connection) {
        Parameters parameters =
                Parameters.of(request, "from", "to", "order", "limit", "cursor", "format", "csv", "consistency");
        // One method for all: with several methods on one path, Quarkus calls the first where none is acceptable.
        ResponseFormat format = FORMATS.select(parameters, headers);
        CsvForm csv = CsvForm.of(parameters, format);
        if (format == ResponseFormat.JSON) {
            return page(id, parameters, request, connection);
        }
        parameters.refuse("cursor", "only format json has pages");
        Uni<Void> sent =
                switch (format) {
                    case CSV -> rows(id, parameters, csv.encoder(), connection);
                    case SENML -> pack(id, parameters, connection);
                    default -> lines(id, parameters, connection);
                };
        return sent.replaceWith((Response) null);
    }

    private Uni<@Nullable Response> page(
            String id, Parameters parameters, UriInfo request, HttpServerRequest connection) {
        CallerCredential caller = CallerCredential.current();
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        int limit = parameters.limit(ReadingPages.MAX_LIMIT, DEFAULT_LIMIT);
        RangeQuery query = RangeQuery.page(parameters, id, clock.millis(), signer);
        maximum.ofPage.require(query.range());
        return sensors.require(sensorId, parameters.scope(), query.consistency())
                .plug(admission::inTime)
                .chain(sensor -> pages.answer(caller, sensor, query, limit, request, connection));
    }

    private Uni<Void> lines(String id, Parameters parameters, HttpServerRequest connection) {
        return stream(
                id,
                parameters,
                MediaTypes.NDJSON,
                ResponseStream.EMPTY,
                connection,
                (sensor, found) -> found.map(page -> {
                    EncodedBytes lines = new EncodedBytes(BYTES_PER_READING * page.size());
                    page.forEach(reading -> encoder.line(reading.timestampMillis(), reading.value(), lines));
                    return lines.toByteArray();
                }));
    }

    private Uni<Void> rows(String id, Parameters parameters, CsvEncoder csv, HttpServerRequest connection) {
        EncodedBytes header = new EncodedBytes(BYTES_PER_READING);
        csv.header(header);
        return stream(
                id,
                parameters,
                MediaTypes.CSV + ";charset=UTF-8",
                header.toByteArray(),
                connection,
                (sensor, found) -> found.map(page -> {
                    EncodedBytes rows = new EncodedBytes(BYTES_PER_READING * page.size());
                    page.forEach(reading -> csv.row(reading.timestampMillis(), reading.value(), rows));
                    return rows.toByteArray();
                }));
    }

    private Uni<Void> pack(String id, Parameters parameters, HttpServerRequest connection) {
        TimeRange range = parameters.timeRange(clock.millis());
        if (!range.isEmpty() && range.fromMillis() < SenMlEncoder.MIN_TIMESTAMP_MILLIS) {
            throw Problem.badParameter(
                            "from",
                            Rfc3339.format(range.fromMillis()),
                            "%s or later with format senml, which has no earlier times"
                                    .formatted(Rfc3339.format(SenMlEncoder.MIN_TIMESTAMP_MILLIS)))
                    .exception();
        }
        byte[] open = {'['};
        byte[] close = {']', '\n'};
        return stream(id, parameters, MediaTypes.SENML, open, connection, (sensor, found) -> {
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
        CallerCredential caller = CallerCredential.current();
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        long limit = parameters.anyLimit();
        RangeQuery query = RangeQuery.whole(parameters, id, clock.millis());
        maximum.ofStream.require(query.range());
        Uni<Void> sending = sensors.require(sensorId, parameters.scope(), query.consistency())
                .chain(sensor -> ranges.read(
                        caller,
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
