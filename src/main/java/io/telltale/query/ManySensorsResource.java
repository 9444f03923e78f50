package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import io.telltale.store.ManySensorRanges;
import io.telltale.store.ManySensorRanges.SensorReadings;
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
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Ranges of the readings of many sensors, as streams. */
@Path("/api/v1")
public class ManySensorsResource {

    private static final int BYTES_PER_READING = 96;

    private static final ContentNegotiation FORMATS = new ContentNegotiation(ResponseFormat.NDJSON, ResponseFormat.CSV);

    private final SensorLookup sensors;
    private final ManySensorRanges ranges;
    private final Completeness completeness;
    private final QueryAdmission admission;
    private final ResponseStream bodies;
    private final MaximumRange maximum;
    private final Clock clock;
    private final ReadingEncoder encoder = new ReadingEncoder();

    @Inject
    ManySensorsResource(
            SensorLookup sensors,
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

    private byte[] lines(List<SensorReadings> portions) {
        EncodedBytes lines = new EncodedBytes(BYTES_PER_READING * readings(portions));
        portions.forEach(portion -> portion.readings()
                .forEach(reading ->
                        encoder.line(portion.sensorId(), reading.timestampMillis(), reading.value(), lines)));
        return lines.toByteArray();
    }

    private static int readings(List<SensorReadings> portions) {
        return portions.stream().mapToInt(portion -> portion.readings().size()).sum();
    }

    private Uni<Void> rows(Parameters parameters, CsvEncoder csv, HttpServerRequest connection) {
        EncodedBytes header = new EncodedBytes(BYTES_PER_READING);
        csv.headerOfMany(header);
        return stream(
                parameters,
                header.toByteArray(),
                portions -> rows(portions, csv),
                MediaTypes.CSV + ";charset=UTF-8",
                connection);
    }

    private static byte[] rows(List<SensorReadings> portions, CsvEncoder csv) {
        EncodedBytes rows = new EncodedBytes(BYTES_PER_READING * readings(portions));
        portions.forEach(portion -> portion.readings()
                .forEach(reading -> csv.row(portion.sensorId(), reading.timestampMillis(), reading.value(), rows)));
        return rows.toByteArray();
    }

    private Uni<Void> stream(
            Parameters parameters,
            byte[] opening,
            Function<List<SensorReadings>, byte[]> encode,
            String mediaType,
            HttpServerRequest connection) {
        SensorSelection selection = SensorSelection.required(parameters);
        TimeRange range = parameters.timeRange(clock.millis());
        maximum.require(range);
        Consistency consistency = parameters.consistency();
        Uni<Void> sending =
                admission.heavy(() -> sensors(selection, consistency).chain(found -> completeness
                        .of(range, consistency, types(selection, found))
                        .chain(meta -> bodies.send(
                                opening,
                                ranges.read(found, range.fromMillis(), range.toMillis(), consistency)
                                        .filter(portions -> !portions.isEmpty())
                                        .map(encode),
                                mediaType,
                                meta.headers(),
                                connection))));
        return ResponseStream.orBreakOff(sending, connection);
    }

    private Uni<List<Sensor>> sensors(SensorSelection selection, Consistency consistency) {
        return selection.areNamed()
                ? sensors.find(selection.ids(), selection.scope(), consistency)
                        .collect()
                        .asList()
                : sensors.page(selection, null, SensorSelection.MAX_SENSORS + 1, consistency)
                        .invoke(found -> requireNotTooMany(selection, found.size()));
    }

    /** Includes a requested type without sensors: ingest may not have registered the sensors of its topic yet. */
    private static Set<SensorType> types(SensorSelection selection, List<Sensor> sensors) {
        Stream<SensorType> requested = Stream.ofNullable(selection.type()).filter(selection.scope()::allows);
        return Stream.concat(sensors.stream().map(Sensor::type), requested).collect(Collectors.toSet());
    }

    private static void requireNotTooMany(SensorSelection selection, int found) {
        if (found > SensorSelection.MAX_SENSORS) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "%s selects more than %d sensors (at least %d); expected at most %d in one request"
                                    .formatted(
                                            selection.filters(),
                                            SensorSelection.MAX_SENSORS,
                                            found,
                                            SensorSelection.MAX_SENSORS))
                    .exception();
        }
    }
}
