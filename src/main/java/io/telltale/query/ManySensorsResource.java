package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Consistency;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.telltale.sensors.TimeRange;
import io.telltale.store.ManySensorRanges;
import io.telltale.store.ManySensorRanges.SensorReadings;
import io.telltale.streams.Concatenation;
import io.telltale.wire.CsvEncoder;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Ranges of the readings of many sensors, as streams: any number of sensors in constant memory. */
@Path("/api/v1")
public class ManySensorsResource {

    private static final int BYTES_PER_READING = 96;

    private static final ContentNegotiation FORMATS = new ContentNegotiation(ResponseFormat.NDJSON, ResponseFormat.CSV);

    private final SelectedSensors sensors;
    private final ManySensorRanges ranges;
    private final Completeness completeness;
    private final QueryAdmission admission;
    private final ResponseStream bodies;
    private final MaximumRange maximum;
    private final Clock clock;
    private final ReadingEncoder encoder = new ReadingEncoder();

    @Inject
    ManySensorsResource(
            SelectedSensors sensors,
            ManySensorRanges ranges,
            Completeness completeness,
            QueryAdmission admission,
            ResponseStream bodies,
            MaximumRanges maximum,
            Clock clock) {
        this.sensors = sensors;
        this.ranges = ranges;
        this.completeness = completeness;
        this.admission = admission;
        this.bodies = bodies;
        this.maximum = maximum.ofMany;
        this.clock = clock;
    }

    @GET
    @TakesConsistency
    @Path("/readings")
    @Produces({MediaTypes.NDJSON, MediaTypes.CSV})
    public Uni<@Nullable Response> ranges(
            @Context UriInfo request, @Context HttpHeaders headers, @Context HttpServerRequest connection) {
        Parameters parameters = Parameters.of(
                request, "sensor", "type", "site", Parameters.LABELS, "from", "to", "format", "csv", "consistency");
        ResponseFormat format = FORMATS.select(parameters, headers);
        CsvForm csv = CsvForm.of(parameters, format);
        Uni<Void> sent = format == ResponseFormat.CSV
                ? rows(parameters, csv.encoder(), connection)
                : lines(parameters, connection);
        return sent.replaceWith((Response) null);
    }

    private Uni<Void> lines(Parameters parameters, HttpServerRequest connection) {
        return stream(parameters, ResponseStream.EMPTY, this::lines, MediaTypes.NDJSON, connection);
    }

    private byte[] lines(List<SensorReadings> parts) {
        EncodedBytes lines = new EncodedBytes(BYTES_PER_READING * readings(parts));
        parts.forEach(part -> part.readings()
                .forEach(reading -> encoder.line(part.sensorId(), reading.timestampMillis(), reading.value(), lines)));
        return lines.toByteArray();
    }

    private static int readings(List<SensorReadings> parts) {
        return parts.stream().mapToInt(part -> part.readings().size()).sum();
    }

    private Uni<Void> rows(Parameters parameters, CsvEncoder csv, HttpServerRequest connection) {
        EncodedBytes header = new EncodedBytes(BYTES_PER_READING);
        csv.headerOfMany(header);
        return stream(
                parameters,
                header.toByteArray(),
                parts -> rows(parts, csv),
                MediaTypes.CSV + ";charset=UTF-8",
                connection);
    }

    private static byte[] rows(List<SensorReadings> parts, CsvEncoder csv) {
        EncodedBytes rows = new EncodedBytes(BYTES_PER_READING * readings(parts));
        parts.forEach(part -> part.readings()
                .forEach(reading -> csv.row(part.sensorId(), reading.timestampMillis(), reading.value(), rows)));
        return rows.toByteArray();
    }

    private Uni<Void> stream(
            Parameters parameters,
            byte[] opening,
            Function<List<SensorReadings>, byte[]> encode,
            String mediaType,
            HttpServerRequest connection) {
        CallerCredential caller = CallerCredential.current();
        SensorSelection selection = SensorSelection.required(parameters);
        TimeRange range = parameters.timeRange(clock.millis());
        maximum.require(range);
        Consistency consistency = parameters.consistency();
        Uni<Void> sending = admission.heavy(
                caller, () -> sensors.findTypes(selection, consistency).chain(found -> completeness
                        .of(range, consistency, found.types())
                        .chain(meta -> bodies.send(
                                opening,
                                sensors.batches(selection, found, consistency)
                                        .plug(Concatenation.streams(batch ->
                                                ranges.read(batch, range.fromMillis(), range.toMillis(), consistency)))
                                        .filter(parts -> !parts.isEmpty())
                                        .map(encode),
                                mediaType,
                                meta.headers(),
                                connection))));
        return ResponseStream.orBreakOff(sending, connection);
    }
}
