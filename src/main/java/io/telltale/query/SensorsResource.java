package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.Gzipped;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.api.RequestDrain;
import io.telltale.api.SharedCursorSigner;
import io.telltale.api.SmallBody;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.store.MetadataUpdates;
import io.telltale.store.NewestReadings;
import io.telltale.store.StaleSensors;
import io.telltale.store.StaleSensors.Position;
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

/** Sensors and their metadata. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class SensorsResource {

    static final int MAX_LIMIT = 1_000;
    static final int DEFAULT_LIMIT = 100;

    /** A choice that requests write as {@code false} or {@code true}. */
    private enum Truth {
        FALSE,
        TRUE
    }

    private final SharedCursorSigner signer;
    private final SensorLookup sensors;
    private final MetadataUpdates metadataUpdates;
    private final NewestReadings newest;
    private final StaleSensors stale;
    private final QueryAdmission admission;
    private final Vertx vertx;

    @Inject
    SensorsResource(
            SharedCursorSigner signer,
            SensorLookup sensors,
            MetadataUpdates metadataUpdates,
            NewestReadings newest,
            StaleSensors stale,
            QueryAdmission admission,
            Vertx vertx) {
        this.signer = signer;
        this.sensors = sensors;
        this.metadataUpdates = metadataUpdates;
        this.newest = newest;
        this.stale = stale;
        this.admission = admission;
        this.vertx = vertx;
    }

    @GET
    @TakesConsistency
    @Path("/sensors")
    @Gzipped
    public Uni<SensorsPage> list(@Context UriInfo request) {
        Parameters parameters =
                Parameters.of(request, "type", "site", Parameters.LABELS, "stale", "limit", "cursor", "consistency");
        Consistency consistency = parameters.consistency();
        int limit = parameters.limit(MAX_LIMIT, DEFAULT_LIMIT);
        Uni<SensorsPage> page = parameters.choice("stale", Truth.class).orElse(Truth.FALSE) == Truth.TRUE
                ? stalePage(parameters, limit, consistency)
                : page(parameters, limit, consistency);
        return page.plug(admission::inTime);
    }

    private Uni<SensorsPage> page(Parameters parameters, int limit, Consistency consistency) {
        QueryFingerprint query = parameters.fingerprint("sensors", "type", "site");
        SensorId after = parameters
                .cursor(query, signer)
                .map(position -> sensorIdOf(position, parameters))
                .orElse(null);
        // One sensor more than the limit shows whether there is a next page.
        return sensors.page(SensorSelection.filter(parameters), after, limit + 1, consistency)
                .chain(found -> view(found.subList(0, Math.min(limit, found.size())), consistency)
                        .map(views -> new SensorsPage(
                                views, found.size() > limit ? cursor(query, found.get(limit - 1)) : null)));
    }

    private Uni<SensorsPage> stalePage(Parameters parameters, int limit, Consistency consistency) {
        QueryFingerprint query = parameters.fingerprint("stale sensors", "type", "site");
        Position after = parameters
                .cursor(query, signer)
                .map(position -> StaleCursor.position(position, parameters))
                .orElse(null);
        SensorFilter filter = parameters.sensorFilter();
        return admission.heavy(
                CallerCredential.current(), () -> stale.page(filter, parameters.scope(), after, limit + 1, consistency)
                        .map(found -> new SensorsPage(
                                found.stream()
                                        .limit(limit)
                                        .map(sensor -> SensorView.of(sensor.sensor(), sensor.newest()))
                                        .toList(),
                                found.size() > limit
                                        ? Cursor.encode(query, StaleCursor.of(found.get(limit - 1)), signer.get())
                                        : null)));
    }

    static SensorId sensorIdOf(byte[] position, Parameters parameters) {
        String text = new String(position, StandardCharsets.UTF_8);
        if (!SensorId.isValid(text)) {
            throw parameters.foreignCursor();
        }
        return new SensorId(text);
    }

    private String cursor(QueryFingerprint query, Sensor last) {
        return Cursor.encode(query, last.id().value().getBytes(StandardCharsets.UTF_8), signer.get());
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
    @TakesConsistency
    @Path("/sensors/{id}")
    public Uni<SensorView> one(@PathParam("id") String id, @Context UriInfo request) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request, "consistency");
        Consistency consistency = parameters.consistency();
        return sensors.requireCurrent(sensorId, parameters.scope(), consistency)
                .chain(sensor -> view(sensor, consistency))
                .plug(admission::inTime);
    }

    @PUT
    @Path("/sensors/{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> assign(@PathParam("id") String id, @Context UriInfo request, @Context HttpServerRequest body) {
        try {
            SensorId sensorId = Parameters.sensorIdOfPath(id);
            Scope scope = Parameters.of(request).scope();
            MediaTypes.ofBody(body.getHeader(HttpHeaders.CONTENT_TYPE), MediaType.APPLICATION_JSON);
            return SmallBody.read(body, SensorUpdateBody.MAX_BYTES, vertx)
                    .map(sent -> new ScopedUpdate(sensorId, scope, SensorUpdateBody.read(sent)))
                    .chain(update -> metadataUpdates
                            .apply(sensorId, update.change(), update::requireAllowed)
                            .map(update::visible))
                    .chain(sensor -> view(sensor, Consistency.DEFAULT))
                    .map(view -> Response.ok(view).build());
        } catch (ProblemException e) {
            RequestDrain.discard(body, vertx);
            throw e;
        }
    }
}
