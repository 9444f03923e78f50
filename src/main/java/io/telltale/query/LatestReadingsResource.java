package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.Gzipped;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.QueryFingerprint;
import io.telltale.api.SharedCursorSigner;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.NewestReadings;
import io.telltale.store.ReadingStore;
import io.telltale.store.StoredReading;
import io.telltale.streams.Concatenation;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The newest reading of one sensor and of each of many. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class LatestReadingsResource {

    static final int DEFAULT_LIMIT = 100;

    private static final int BYTES_PER_READING = 96;

    /** The number of sensors whose newest readings are read together. */
    private static final int SENSORS_PER_BATCH = 128;

    private final SharedCursorSigner signer;
    private final SensorLookup sensors;
    private final ReadingStore readings;
    private final NewestReadings newestReadings;
    private final QueryAdmission admission;
    private final Clock clock;
    private final ReadingEncoder encoder = new ReadingEncoder();
    private final RequestCoalescer<Key, Optional<StoredReading>> coalescer = new RequestCoalescer<>();

    private record Key(SensorId sensorId, Consistency consistency) {}

    private record NewestReading(SensorId sensorId, StoredReading reading) {}

    @Inject
    LatestReadingsResource(
            SharedCursorSigner signer,
            SensorLookup sensors,
            ReadingStore readings,
            NewestReadings newestReadings,
            QueryAdmission admission,
            Clock clock) {
        this.signer = signer;
        this.sensors = sensors;
        this.readings = readings;
        this.newestReadings = newestReadings;
        this.admission = admission;
        this.clock = clock;
    }

    @GET
    @TakesConsistency
    @Path("/sensors/{id}/readings/latest")
    public Uni<Response> ofOneSensor(@PathParam("id") String id, @Context UriInfo request) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request, "consistency");
        Consistency consistency = parameters.consistency();
        return sensors.require(sensorId, parameters.scope(), consistency)
                .chain(sensor -> coalescer
                        .join(
                                new Key(sensorId, consistency),
                                () -> readings.latest(sensor, Reading.MAX_TIMESTAMP_MILLIS, consistency))
                        .map(found -> response(sensor, found)))
                .plug(admission::inTime);
    }

    private Response response(Sensor sensor, Optional<StoredReading> found) {
        StoredReading reading = found.orElseThrow(() -> Problem.of(
                        ProblemCode.NO_READING,
                        "sensor '%s' has no reading; expected one that is neither deleted nor expired"
                                .formatted(sensor.id()))
                .exception());
        long ageMillis = clock.millis() - reading.timestampMillis();
        Boolean isStale = sensor.isStaleAt(ageMillis);
        EncodedBytes body = new EncodedBytes(2 * BYTES_PER_READING);
        body.ascii("{\"sensorId\":\"").ascii(sensor.id().value());
        body.ascii("\",\"timestamp\":\"").instant(reading.timestampMillis());
        body.ascii("\",\"value\":").jsonValue(reading.value());
        body.ascii(",\"ageMs\":").integer(ageMillis);
        if (isStale != null) {
            body.ascii(",\"stale\":").ascii(isStale.toString());
        }
        body.ascii('}');
        return response(body);
    }

    private static Response response(EncodedBytes body) {
        return Response.ok(body.toByteArray(), MediaType.APPLICATION_JSON)
                .header("Cache-Control", "no-store")
                .build();
    }

    @GET
    @TakesConsistency
    @Path("/readings/latest")
    @Gzipped
    public Uni<Response> ofManySensors(@Context UriInfo request) {
        Parameters parameters =
                Parameters.of(request, "sensor", "type", "site", Parameters.LABELS, "limit", "cursor", "consistency");
        SensorSelection selection = SensorSelection.of(parameters);
        Consistency consistency = parameters.consistency();
        int limit = parameters.limit(SensorSelection.MAX_SENSORS, DEFAULT_LIMIT);
        QueryFingerprint query = parameters.fingerprint("newest readings", "sensor", "type", "site");
        SensorId after = parameters
                .cursor(query, signer)
                .map(position -> SensorsResource.sensorIdOf(position, parameters))
                .orElse(null);
        if (selection.areNamed() && after != null && !selection.ids().contains(after)) {
            throw parameters.foreignCursor();
        }
        // One reading more than the limit shows whether there is a next page.
        return newest(selection, after, limit + 1, consistency)
                .select()
                .first(limit + 1L)
                .collect()
                .asList()
                .map(found -> page(found, limit, query))
                .plug(admission::inTime);
    }

    private Multi<NewestReading> newest(
            SensorSelection selection, @Nullable SensorId after, int likely, Consistency consistency) {
        Multi<Sensor> found = selection.areNamed()
                ? sensors.find(idsAfter(selection.ids(), after), selection.scope(), consistency)
                : sensors.known(selection, after, likely, consistency);
        return found.group()
                .intoLists()
                .of(Math.min(likely, SENSORS_PER_BATCH))
                .plug(Concatenation.unis(
                        batch -> newestReadings.of(batch, consistency).map(newest -> batch.stream()
                                .filter(sensor -> newest.containsKey(sensor.id()))
                                .map(sensor ->
                                        new NewestReading(sensor.id(), Objects.requireNonNull(newest.get(sensor.id()))))
                                .toList())))
                .plug(Concatenation.contents(items -> items));
    }

    private static List<SensorId> idsAfter(List<SensorId> ids, @Nullable SensorId after) {
        return after == null ? ids : ids.subList(ids.indexOf(after) + 1, ids.size());
    }

    private Response page(List<NewestReading> found, int limit, QueryFingerprint query) {
        List<NewestReading> page = found.subList(0, Math.min(limit, found.size()));
        EncodedBytes body = new EncodedBytes(128 + BYTES_PER_READING * page.size());
        body.ascii("{\"readings\":[");
        boolean isFirst = true;
        for (NewestReading newest : page) {
            if (!isFirst) {
                body.ascii(',');
            }
            isFirst = false;
            StoredReading reading = newest.reading();
            encoder.object(newest.sensorId(), reading.timestampMillis(), reading.value(), body);
        }
        body.ascii(']');
        if (found.size() > limit) {
            byte[] last = page.get(limit - 1).sensorId().value().getBytes(StandardCharsets.UTF_8);
            body.ascii(",\"next\":").jsonString(Cursor.encode(query, last, signer.get()));
        }
        body.ascii('}');
        return response(body);
    }
}
