package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Gzipped;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.TimeRange;
import io.telltale.store.Deletion;
import io.telltale.store.DeletionLog;
import io.telltale.store.DeletionSweep;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.TooManyDeletionsException;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Deletions of readings. */
@Path("/api/v1")
public class DeletionsResource {

    private static final Logger log = Logger.getLogger(DeletionsResource.class);

    /** The response waits this long for the first tombstones; a longer sweep continues after it. */
    private static final Duration FIRST_SWEEP = Duration.ofSeconds(5);

    private final SensorLookup sensors;
    private final DeletionLog deletions;
    private final DeletionSweep sweep;
    private final QueryAdmission admission;
    private final Clock clock;

    @Inject
    DeletionsResource(
            SensorLookup sensors, DeletionLog deletions, DeletionSweep sweep, QueryAdmission admission, Clock clock) {
        this.sensors = sensors;
        this.deletions = deletions;
        this.sweep = sweep;
        this.admission = admission;
        this.clock = clock;
    }

    @DELETE
    @Path("/sensors/{id}/readings")
    public Uni<Void> delete(@PathParam("id") String id, @Context UriInfo request, @Context HttpServerRequest caller) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request, "from", "to");
        // Both are required: the defaults of reads would delete the last hour.
        requireGiven(parameters, "from");
        requireGiven(parameters, "to");
        TimeRange range = parameters.timeRange(clock.millis());
        return sensors.require(sensorId, parameters.scope(), Consistency.DEFAULT)
                .chain(sensor -> range.isEmpty()
                        ? Uni.createFrom().voidItem()
                        : delete(
                                new Deletion(sensorId, clock.millis(), range.fromMillis(), range.toMillis()),
                                sensor,
                                String.valueOf(caller.remoteAddress())));
    }

    private static void requireGiven(Parameters parameters, String name) {
        if (parameters.text(name).isEmpty()) {
            throw Problem.missingParameter(name, "both from and to, because a deletion has no default range")
                    .exception();
        }
    }

    /** Logs the request before it can take effect: the result of a failed write is unknown. */
    private Uni<Void> delete(Deletion deletion, Sensor sensor, String caller) {
        String what = "readings of sensor %s from %s to %s, as recorded until %s"
                .formatted(
                        deletion.sensorId(),
                        Rfc3339.format(deletion.fromMillis()),
                        Rfc3339.format(deletion.toMillis()),
                        Rfc3339.format(deletion.deletedAtMillis()));
        log.infof("Deletion requested by %s: %s", caller, what);
        return deletions
                .add(deletion)
                .onFailure(StoreUnavailableException.class)
                .invoke(unknown -> log.warnf(
                        "Deletion for %s has an unknown result: %s; %s",
                        caller, what, String.valueOf(unknown.getMessage())))
                .onFailure(TooManyDeletionsException.class)
                .transform(tooMany -> {
                    log.infof("Deletion for %s refused: %s; %s", caller, what, tooMany.getMessage());
                    return Problem.of(ProblemCode.TOO_MANY, String.valueOf(tooMany.getMessage()))
                            .exception();
                })
                .invoke(() -> log.infof("Deletion for %s recorded: %s", caller, what))
                .call(() -> firstSweep(deletion, sensor));
    }

    /** Continues after the response; a later sweep finishes the rest. */
    private Uni<Void> firstSweep(Deletion deletion, Sensor sensor) {
        Uni<Void> sweeping = sweep.sweep(deletion, sensor).memoize().indefinitely();
        return sweeping.ifNoItem()
                .after(FIRST_SWEEP)
                .recoverWithItem((Void) null)
                .onFailure()
                .invoke(failure -> log.debugf("Sweep of %s failed and is retried later: %s", deletion, failure))
                .onFailure()
                .recoverWithNull();
    }

    @GET
    @TakesConsistency
    @Path("/sensors/{id}/deletions")
    @Gzipped
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<DeletionsView> of(@PathParam("id") String id, @Context UriInfo request) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request, "consistency");
        Consistency consistency = parameters.consistency();
        return sensors.require(sensorId, parameters.scope(), consistency)
                .chain(sensor -> deletions.of(sensorId, consistency))
                .map(found -> DeletionsView.of(sensorId, found))
                .plug(admission::inTime);
    }
}
