package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.Shredding;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.TooManyDeletionsException;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Shredding of sensors. */
@Path("/api/v1")
public class ShreddingResource {

    private static final Logger log = Logger.getLogger(ShreddingResource.class);

    private final SensorLookup sensors;
    private final Shredding shredding;

    @Inject
    ShreddingResource(SensorLookup sensors, Shredding shredding) {
        this.sensors = sensors;
        this.shredding = shredding;
    }

    @DELETE
    @Path("/sensors/{id}")
    public Uni<Void> delete(@PathParam("id") String id, @Context UriInfo request, @Context HttpServerRequest caller) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request);
        String address = String.valueOf(caller.remoteAddress());
        return sensors.requireCurrent(sensorId, parameters.scope(), Consistency.DEFAULT)
                .chain(sensor -> {
                    // Goes on when the client gives up: half of it would leave the keys.
                    CompletableFuture<Void> shredded = shred(sensor, address).subscribeAsCompletionStage();
                    return Uni.createFrom().completionStage(() -> shredded.thenApply(Function.identity()));
                });
    }

    /** Logs the request before it can take effect: the result of a failed write is unknown. */
    private Uni<Void> shred(Sensor sensor, String caller) {
        log.infof("Shredding requested by %s: sensor=%s", caller, sensor.id());
        return shredding
                .shred(sensor)
                .onFailure(StoreUnavailableException.class)
                .invoke(unknown -> log.warnf(
                        "Shredding for %s is incomplete; repeat the request: sensor=%s; %s",
                        caller, sensor.id(), String.valueOf(unknown.getMessage())))
                .onFailure(TooManyDeletionsException.class)
                .transform(tooMany -> {
                    log.infof("Shredding for %s refused: sensor=%s; %s", caller, sensor.id(), tooMany.getMessage());
                    return Problem.of(ProblemCode.TOO_MANY, String.valueOf(tooMany.getMessage()))
                            .exception();
                })
                .invoke(() -> log.infof("Shredding for %s done: sensor=%s", caller, sensor.id()));
    }
}
