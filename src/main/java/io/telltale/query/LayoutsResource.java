package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout;
import io.telltale.store.Layout.Version;
import io.telltale.store.LayoutChangedException;
import io.telltale.store.Layouts;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jboss.logging.Logger;

/** The layouts of types in Cassandra: an API for operators. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class LayoutsResource {

    private static final Logger log = Logger.getLogger(LayoutsResource.class);
    private static final String BUCKET_FORM =
            "an ISO 8601 duration that is a whole fraction of a week, PT1M or longer, such as PT15M or PT1H";

    private final Layouts layouts;

    @Inject
    LayoutsResource(Layouts layouts) {
        this.layouts = layouts;
    }

    @GET
    @Path("/admin/layouts/{type}")
    public Uni<LayoutView> of(@PathParam("type") String name, @Context UriInfo request) {
        Parameters.of(request);
        SensorType type = type(name);
        return layouts.agreed(type).map(found -> LayoutView.of(orUnknown(found, type)));
    }

    @POST
    @Path("/admin/layouts/{type}")
    public Uni<LayoutView> change(
            @PathParam("type") String name, @Context UriInfo request, @Context HttpServerRequest caller) {
        SensorType type = type(name);
        Parameters parameters = Parameters.of(request, "shards", "bucket");
        int shards = parameters.integer("shards", 1, Version.MAX_SHARDS, 0);
        if (shards == 0) {
            throw Problem.missingParameter("shards", "an integer from 1 to %d".formatted(Version.MAX_SHARDS))
                    .exception();
        }
        Duration bucket = bucket(parameters);
        log.infof(
                "Layout change requested by %s: type=%s shards=%d bucket=%s",
                caller.remoteAddress(), type, shards, bucket);
        return layouts.change(type, shards, bucket)
                .onFailure(LayoutChangedException.class)
                .transform(changed -> Problem.of(ProblemCode.CONFLICT, String.valueOf(changed.getMessage()))
                        .exception())
                .map(found -> LayoutView.of(orUnknown(found, type)));
    }

    private static Duration bucket(Parameters parameters) {
        String text = parameters.text("bucket").orElseThrow(() -> Problem.missingParameter("bucket", BUCKET_FORM)
                .exception());
        try {
            Duration bucket = Duration.parse(text);
            if (Version.isBucket(bucket)) {
                return bucket;
            }
        } catch (DateTimeParseException e) {
            // Reported below.
        }
        throw Problem.badParameter("bucket", text, BUCKET_FORM).exception();
    }

    private static SensorType type(String name) {
        if (!SensorType.isValid(name)) {
            throw Problem.badParameter("type", name, SensorType.FORM).exception();
        }
        return new SensorType(name);
    }

    private static Layout orUnknown(Optional<Layout> found, SensorType type) {
        return found.orElseThrow(() -> Problem.of(
                        ProblemCode.TYPE_UNKNOWN,
                        "type '%s' was never seen; expected the type of a sensor".formatted(Excerpt.of(type.name())))
                .exception());
    }
}
