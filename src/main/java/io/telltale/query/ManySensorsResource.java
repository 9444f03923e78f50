package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import io.telltale.store.Database;
import io.telltale.store.ManySensorRanges;
import io.telltale.store.ManySensorRanges.Portion;
import io.telltale.store.NewestReadings;
import io.telltale.store.ReadAhead;
import io.telltale.store.SensorLists;
import io.telltale.store.SensorRegistry;
import io.telltale.store.StoredReading;
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
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The readings of many sensors at once: ranges as streams, and the newest of each. */
@Path("/api/v1")
public class ManySensorsResource {

    static final int DEFAULT_LATEST = 100;

    private static final int BYTES_PER_READING = 96;

    /** The forms that ranges can be had in; the first is what is given where any will do. */
    private static final ContentNegotiation FORMS =
            new ContentNegotiation(ReadingsResource.NDJSON, ReadingsResource.CSV);

    /** So many sensors are looked up at once. */
    private static final int SENSORS_AHEAD = 16;

    /** Of so many sensors the newest readings are looked for together. */
    private static final int SENSORS_OF_NEWEST = 128;

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorLists lists;
    private final ManySensorRanges ranges;
    private final NewestReadings newest;
    private final Completeness completeness;
    private final QueryAdmission room;
    private final ResponseStream bodies;
    private final MaximumRange longest;
    private final Clock clock;
    private final ReadingEncoder encoder = new ReadingEncoder();

    /** The newest reading of a sensor. */
    private record Newest(SensorId sensorId, StoredReading reading) {}

    @Inject
    ManySensorsResource(
            Database database,
            SensorRegistry sensors,
            SensorLists lists,
            ManySensorRanges ranges,
            NewestReadings newest,
            Completeness completeness,
            QueryAdmission room,
            ResponseStream bodies,
            MaximumRanges longest,
            Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.lists = lists;
        this.ranges = ranges;
        this.newest = newest;
        this.completeness = completeness;
        this.room = room;
        this.bodies = bodies;
        this.longest = longest.ofMany;
        this.clock = clock;
    }

    @GET
    @Path("/readings")
    @Produces({ReadingsResource.NDJSON, ReadingsResource.CSV})
    public Uni<@Nullable Response> ranges(
            @Context UriInfo request, @Context HttpHeaders headers, @Context HttpServerRequest connection) {
        Uni<Void> sent = FORMS.chosen(headers.getAcceptableMediaTypes()).equals(ReadingsResource.CSV)
                ? rows(request, connection)
                : lines(request, connection);
        return sent.replaceWith((Response) null);
    }

    private Uni<Void> lines(UriInfo request, HttpServerRequest connection) {
        Parameters parameters = Parameters.of(request, "sensor", "type", "site", "from", "to", "consistency");
        return stream(parameters, ResponseStream.NOTHING, this::lines, ReadingsResource.NDJSON, connection);
    }

    private byte[] lines(List<Portion> portions) {
        EncodedBytes lines = new EncodedBytes(BYTES_PER_READING * readings(portions));
        portions.forEach(portion -> portion.readings()
                .forEach(reading ->
                        encoder.line(portion.sensorId(), reading.timestampMillis(), reading.value(), lines)));
        return lines.toByteArray();
    }

    private static int readings(List<Portion> portions) {
        return portions.stream().mapToInt(portion -> portion.readings().size()).sum();
    }

    private Uni<Void> rows(UriInfo request, HttpServerRequest connection) {
        Parameters parameters = Parameters.of(request, "sensor", "type", "site", "from", "to", "csv", "consistency");
        CsvEncoder csv = parameters.choice("csv", ReadingsResource.Csv.class).orElse(ReadingsResource.Csv.EXACT)
                        == ReadingsResource.Csv.SPREADSHEET
                ? CsvEncoder.SPREADSHEET
                : CsvEncoder.EXACT;
        EncodedBytes header = new EncodedBytes(BYTES_PER_READING);
        csv.headerOfMany(header);
        return stream(
                parameters,
                header.toByteArray(),
                portions -> rows(portions, csv),
                ReadingsResource.CSV + ";charset=UTF-8",
                connection);
    }

    private static byte[] rows(List<Portion> portions, CsvEncoder csv) {
        EncodedBytes rows = new EncodedBytes(BYTES_PER_READING * readings(portions));
        portions.forEach(portion -> portion.readings()
                .forEach(reading -> csv.row(portion.sensorId(), reading.timestampMillis(), reading.value(), rows)));
        return rows.toByteArray();
    }

    /** Which sensors, what the answer will be, and then their readings. */
    private Uni<Void> stream(
            Parameters parameters,
            byte[] opening,
            Function<List<Portion>, byte[]> encode,
            String mediaType,
            HttpServerRequest connection) {
        SensorSelection chosen = SensorSelection.of(parameters);
        TimeRange range = parameters.timeRange(clock.millis());
        longest.require(range);
        Consistency consistency = parameters.consistency();
        if (chosen.areAll()) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "neither parameter sensor nor type nor site is given; expected sensor, or type and site")
                    .exception();
        }
        Uni<Void> sending = room.heavy(() -> sensors(chosen, consistency).chain(found -> completeness
                .of(range, consistency, types(chosen, found))
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

    private Uni<List<Sensor>> sensors(SensorSelection chosen, Consistency consistency) {
        return chosen.areNamed()
                ? found(chosen.ids(), consistency).collect().asList()
                : lists.page(chosen.type(), chosen.site(), null, SensorSelection.MAX_SENSORS + 1, consistency)
                        .invoke(found -> requireNotTooMany(chosen, found.size()));
    }

    /** The type that was asked for counts without a sensor too: those in its topic may not be registered yet. */
    private static Set<SensorType> types(SensorSelection chosen, List<Sensor> sensors) {
        return Stream.concat(sensors.stream().map(Sensor::type), Stream.ofNullable(chosen.type()))
                .collect(Collectors.toSet());
    }

    private static void requireNotTooMany(SensorSelection chosen, int found) {
        if (found > SensorSelection.MAX_SENSORS) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "%s stands for more than %d sensors (at least %d); expected at most %d in one request"
                                    .formatted(
                                            chosen.filters(),
                                            SensorSelection.MAX_SENSORS,
                                            found,
                                            SensorSelection.MAX_SENSORS))
                    .exception();
        }
    }

    @GET
    @Path("/readings/latest")
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Response> latest(@Context UriInfo request) {
        Parameters parameters = Parameters.of(request, "sensor", "type", "site", "limit", "cursor", "consistency");
        SensorSelection chosen = SensorSelection.of(parameters);
        Consistency consistency = parameters.consistency();
        int limit = parameters.limit(SensorSelection.MAX_SENSORS, DEFAULT_LATEST);
        QueryFingerprint query = parameters.fingerprint("newest readings", "sensor", "type", "site");
        SensorId after = parameters
                .cursor(query, database::cursorSeal)
                .map(SensorsResource::sensorIdOf)
                .orElse(null);
        // One more than asked for tells whether there is a next page.
        return newest(chosen, after, limit + 1, consistency)
                .select()
                .first(limit + 1L)
                .collect()
                .asList()
                .map(found -> page(found, limit, query))
                .plug(room::inTime);
    }

    private Multi<Newest> newest(
            SensorSelection chosen, @Nullable SensorId after, int likely, Consistency consistency) {
        Multi<Sensor> found = chosen.areNamed()
                ? found(idsAfter(chosen.ids(), after), consistency)
                : lists.all(chosen.type(), chosen.site(), after, likely, consistency);
        return found.group()
                .intoLists()
                .of(Math.min(likely, SENSORS_OF_NEWEST))
                .plug(Concatenation.unis(some -> newest.of(some, consistency).map(readings -> some.stream()
                        .filter(sensor -> readings.containsKey(sensor.id()))
                        .map(sensor -> new Newest(sensor.id(), Objects.requireNonNull(readings.get(sensor.id()))))
                        .toList())))
                .plug(Concatenation.contents(items -> items));
    }

    private Multi<Sensor> found(List<SensorId> ids, Consistency consistency) {
        return ReadAhead.inOrder(ids, SENSORS_AHEAD, id -> sensors.find(id, consistency))
                .filter(Optional::isPresent)
                .map(Optional::get);
    }

    private static List<SensorId> idsAfter(List<SensorId> ids, @Nullable SensorId after) {
        if (after == null) {
            return ids;
        }
        int at = ids.indexOf(after);
        if (at < 0) {
            throw Problem.of(ProblemCode.BAD_CURSOR, "parameter cursor is of another kind of query")
                    .exception();
        }
        return ids.subList(at + 1, ids.size());
    }

    private Response page(List<Newest> found, int limit, QueryFingerprint query) {
        List<Newest> given = found.subList(0, Math.min(limit, found.size()));
        EncodedBytes body = new EncodedBytes(128 + BYTES_PER_READING * given.size());
        body.ascii("{\"readings\":[");
        boolean isFirst = true;
        for (Newest newest : given) {
            if (!isFirst) {
                body.ascii(',');
            }
            isFirst = false;
            encoder.object(
                    newest.sensorId(),
                    newest.reading().timestampMillis(),
                    newest.reading().value(),
                    body);
        }
        body.ascii(']');
        if (found.size() > limit) {
            byte[] place = given.get(limit - 1).sensorId().value().getBytes(StandardCharsets.UTF_8);
            body.ascii(",\"next\":").jsonString(Cursor.encode(query, place, database.cursorSeal()));
        }
        body.ascii('}');
        return Response.ok(body.toByteArray(), MediaType.APPLICATION_JSON)
                .header("Cache-Control", "no-store")
                .build();
    }
}
