package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.api.RequestDrain;
import io.telltale.api.SmallBody;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.Database;
import io.telltale.store.MetadataUpdates;
import io.telltale.store.NewestReadings;
import io.telltale.store.SensorLists;
import io.telltale.store.SensorRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Which sensors there are. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "sensors")
public class SensorsResource {

    static final int MAX_LIMIT = 1_000;
    static final int DEFAULT_LIMIT = 100;

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorLists lists;
    private final MetadataUpdates metadataUpdates;
    private final NewestReadings newest;
    private final QueryAdmission room;
    private final Vertx vertx;

    @Inject
    SensorsResource(
            Database database,
            SensorRegistry sensors,
            SensorLists lists,
            MetadataUpdates metadataUpdates,
            NewestReadings newest,
            QueryAdmission room,
            Vertx vertx) {
        this.database = database;
        this.sensors = sensors;
        this.lists = lists;
        this.metadataUpdates = metadataUpdates;
        this.newest = newest;
        this.room = room;
        this.vertx = vertx;
    }

    @GET
    @Path("/sensors")
    @Operation(
            operationId = "listSensors",
            summary = "The sensors there are, page by page; with type and site, both must hold")
    @Parameter(name = "type", ref = "type")
    @Parameter(name = "site", ref = "site")
    @Parameter(name = "limit", ref = "sensorsLimit")
    @Parameter(name = "cursor", ref = "cursor")
    @Parameter(name = "consistency", ref = "consistency")
    @APIResponse(
            responseCode = "200",
            description = "A page, full unless it is the last",
            content =
                    @Content(
                            schema = @Schema(implementation = SensorsPage.class),
                            examples = @ExampleObject(name = "sensorsPage", ref = "sensorsPage")))
    @APIResponse(responseCode = "400", ref = "BadRequest")
    @APIResponse(responseCode = "406", ref = "NotAcceptable")
    @APIResponse(responseCode = "503", ref = "Unavailable")
    public Uni<SensorsPage> list(@Context UriInfo request) {
        Parameters parameters = Parameters.of(request, "type", "site", "limit", "cursor", "consistency");
        Consistency consistency = parameters.consistency();
        int limit = parameters.limit(MAX_LIMIT, DEFAULT_LIMIT);
        QueryFingerprint query = parameters.fingerprint("sensors", "type", "site");
        SensorId after = parameters
                .cursor(query, database::cursorSeal)
                .map(SensorsResource::sensorIdOf)
                .orElse(null);
        // One more than asked for tells whether there is a next page.
        return lists.page(parameters.type().orElse(null), parameters.site().orElse(null), after, limit + 1, consistency)
                .chain(found -> view(found.subList(0, Math.min(limit, found.size())), consistency)
                        .map(views -> new SensorsPage(
                                views, found.size() > limit ? cursor(query, found.get(limit - 1)) : null)))
                .plug(room::inTime);
    }

    static SensorId sensorIdOf(byte[] place) {
        String text = new String(place, StandardCharsets.UTF_8);
        if (!SensorId.isValid(text)) {
            throw Problem.of(ProblemCode.BAD_CURSOR, "parameter cursor is of another kind of query")
                    .exception();
        }
        return new SensorId(text);
    }

    private String cursor(QueryFingerprint query, Sensor last) {
        return Cursor.encode(query, last.id().value().getBytes(StandardCharsets.UTF_8), database.cursorSeal());
    }

    private Uni<List<SensorView>> view(List<Sensor> page, Consistency consistency) {
        return newest.of(page, consistency).map(found -> page.stream()
                .map(sensor -> SensorView.of(sensor, Optional.ofNullable(found.get(sensor.id()))))
                .toList());
    }

    private Uni<SensorView> view(Sensor sensor, Consistency consistency) {
        return view(List.of(sensor), consistency).map(views -> views.get(0));
    }

    @GET
    @Path("/sensors/{id}")
    @Operation(operationId = "getSensor", summary = "One sensor")
    @Parameter(name = "id", in = ParameterIn.PATH, ref = "id")
    @Parameter(name = "consistency", ref = "consistency")
    @APIResponse(
            responseCode = "200",
            description = "The sensor",
            content =
                    @Content(
                            schema = @Schema(implementation = SensorView.class),
                            examples = @ExampleObject(name = "sensor", ref = "sensor")))
    @APIResponse(responseCode = "400", ref = "BadRequest")
    @APIResponse(responseCode = "404", ref = "NotFound")
    @APIResponse(responseCode = "406", ref = "NotAcceptable")
    @APIResponse(responseCode = "503", ref = "Unavailable")
    public Uni<SensorView> one(@PathParam("id") String id, @Context UriInfo request) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Consistency consistency = Parameters.of(request, "consistency").consistency();
        return sensors.read(sensorId, consistency)
                .map(found -> orUnknown(found, sensorId))
                .chain(sensor -> view(sensor, consistency))
                .plug(room::inTime);
    }

    @PUT
    @Path("/sensors/{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "assignSensor",
            summary = "Sets what a person knows of a sensor",
            description =
                    "Any of unit, site, name, labels and expectedInterval. They win over what readings say, also in"
                            + " filters, on every replica within 10 s. What is not named stays; null takes back what was set, so"
                            + " that readings have the say again. labels are replaced together. The answer is the sensor as GET"
                            + " shows it.")
    @Parameter(name = "id", in = ParameterIn.PATH, ref = "id")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(ref = "AssignedFields"),
                            examples = @ExampleObject(name = "boiler", value = """
                                                {"name":"Boiler 7","site":"plant-2","labels":{"floor":"2"},"expectedInterval":"PT10S"}""")))
    @APIResponse(
            responseCode = "200",
            description = "The sensor as it is now",
            content =
                    @Content(
                            schema = @Schema(implementation = SensorView.class),
                            examples = @ExampleObject(name = "sensor", ref = "sensor")))
    @APIResponse(responseCode = "400", ref = "BadFields")
    @APIResponse(responseCode = "404", ref = "NotFound")
    @APIResponse(responseCode = "406", ref = "NotAcceptable")
    @APIResponse(responseCode = "413", ref = "SmallBodyTooLarge")
    @APIResponse(responseCode = "415", ref = "UnsupportedMediaType")
    @APIResponse(responseCode = "503", ref = "Unavailable")
    public Uni<Response> assign(@PathParam("id") String id, @Context UriInfo request, @Context HttpServerRequest body) {
        try {
            SensorId sensorId = Parameters.sensorIdOfPath(id);
            Parameters.of(request);
            requireMediaType(body.getHeader(HttpHeaders.CONTENT_TYPE));
            return SmallBody.read(body, SensorUpdateBody.MAX_BYTES, vertx)
                    .map(SensorUpdateBody::read)
                    .chain(change -> metadataUpdates.assign(sensorId, change))
                    .map(found -> orUnknown(found, sensorId))
                    .chain(sensor -> view(sensor, Consistency.DEFAULT))
                    .map(view -> Response.ok(view).build());
        } catch (ProblemException e) {
            RequestDrain.discard(body, vertx);
            throw e;
        }
    }

    private static void requireMediaType(@Nullable String contentType) {
        if (contentType == null) {
            throw Problem.of(
                            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                            "header Content-Type is missing; expected " + MediaType.APPLICATION_JSON)
                    .exception();
        }
    }

    static Sensor orUnknown(Optional<Sensor> found, SensorId sensorId) {
        return found.orElseThrow(
                () -> Problem.of(ProblemCode.SENSOR_UNKNOWN, "sensor '%s' was never seen".formatted(sensorId))
                        .exception());
    }
}
