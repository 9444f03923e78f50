package io.telltale.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Consistency;
import io.telltale.api.Cursor;
import io.telltale.api.Gzipped;
import io.telltale.api.LabelParameters;
import io.telltale.api.Parameters;
import io.telltale.api.QueryFingerprint;
import io.telltale.api.SharedCursorSigner;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.store.FilterValues;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The values that filters can have: what the drop-down lists of a dashboard need. For a caller with a scope they are
 * collected from the sensors in it, in time that grows with all sensors.
 */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class FilterValuesResource {

    private static final int SENSORS_PER_PAGE = 1_000;

    private final FilterValues values;
    private final SensorLookup sensors;
    private final SharedCursorSigner signer;
    private final QueryAdmission admission;

    /** Reads a page of values after one. */
    private interface PageReader {
        Uni<List<String>> read(@Nullable String after, int limit, Consistency consistency);
    }

    @Inject
    FilterValuesResource(
            FilterValues values, SensorLookup sensors, SharedCursorSigner signer, QueryAdmission admission) {
        this.values = values;
        this.sensors = sensors;
        this.signer = signer;
        this.admission = admission;
    }

    @GET
    @TakesConsistency
    @Path("/types")
    @Gzipped
    public Uni<ValuesPage> types(@Context UriInfo request) {
        return page(
                "types",
                request,
                values::types,
                sensor -> Stream.of(sensor.type().name()));
    }

    @GET
    @TakesConsistency
    @Path("/sites")
    @Gzipped
    public Uni<ValuesPage> sites(@Context UriInfo request) {
        return page(
                "sites",
                request,
                values::sites,
                sensor -> Stream.ofNullable(sensor.description().site()));
    }

    @GET
    @TakesConsistency
    @Path("/labels")
    @Gzipped
    public Uni<ValuesPage> labels(@Context UriInfo request) {
        return page("labels", request, values::labels, sensor -> sensor.assigned().labels().keySet().stream());
    }

    @GET
    @TakesConsistency
    @Path("/labels/{name}")
    @Gzipped
    public Uni<ValuesPage> valuesOfLabel(@PathParam("name") String name, @Context UriInfo request) {
        String label = LabelParameters.nameOfPath(name);
        return page(
                "labels/" + label,
                request,
                (after, limit, consistency) -> values.ofLabel(label, after, limit, consistency),
                sensor -> Stream.ofNullable(sensor.assigned().labels().get(label)));
    }

    /** @param ofSensor the values that one sensor has */
    private Uni<ValuesPage> page(
            String path, UriInfo request, PageReader reader, Function<Sensor, Stream<String>> ofSensor) {
        Parameters parameters = Parameters.of(request, "limit", "cursor", "consistency");
        Consistency consistency = parameters.consistency();
        int limit = parameters.limit(SensorsResource.MAX_LIMIT, SensorsResource.DEFAULT_LIMIT);
        QueryFingerprint query = parameters.fingerprint(path);
        String after = parameters
                .cursor(query, signer)
                .map(position -> new String(position, UTF_8))
                .orElse(null);
        // One value more than the limit shows whether there is a next page.
        Scope scope = parameters.scope();
        Uni<List<String>> read = scope.isEverything()
                ? reader.read(after, limit + 1, consistency)
                : inScope(scope, ofSensor, after, limit + 1, consistency);
        return read.map(found -> new ValuesPage(
                        found.subList(0, Math.min(limit, found.size())),
                        found.size() > limit
                                ? Cursor.encode(query, found.get(limit - 1).getBytes(UTF_8), signer.get())
                                : null))
                .plug(admission::inTime);
    }

    private Uni<List<String>> inScope(
            Scope scope,
            Function<Sensor, Stream<String>> ofSensor,
            @Nullable String after,
            int limit,
            Consistency consistency) {
        SensorSelection all = new SensorSelection(List.of(), SensorFilter.NONE, scope);
        return admission.heavy(CallerCredential.current(), () -> sensors.all(all, null, SENSORS_PER_PAGE, consistency)
                .collect()
                .in(() -> new TreeSet<>(FilterValues.BY_BYTES), (smallest, sensor) -> ofSensor.apply(sensor)
                        .filter(value -> after == null || FilterValues.BY_BYTES.compare(value, after) > 0)
                        .forEach(value -> {
                            smallest.add(value);
                            if (smallest.size() > limit) {
                                smallest.pollLast();
                            }
                        }))
                .map(List::copyOf));
    }
}
