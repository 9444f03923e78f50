package io.telltale.post;

import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.ContentCoding;
import io.telltale.api.ForbiddenElements;
import io.telltale.api.MediaTypes;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemException;
import io.telltale.api.RegisteredSensors;
import io.telltale.api.RequestDrain;
import io.telltale.kafka.DroppedFields;
import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sends posted readings to Kafka, and answers when Kafka has acknowledged them: an accepted reading is as durable as
 * any record. The method has no parameter for the body, because Quarkus would buffer the whole body first.
 */
@Path("/api/v1")
public class PostResource {

    private static final Duration MEMORY_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration BODY_TIMEOUT = Duration.ofMinutes(2);

    /** Longer than the timeouts of a topic, of the producer's metadata and of a delivery together. */
    private static final Duration KAFKA_TIMEOUT = Duration.ofSeconds(20);

    private final PostSession.Shared shared;
    private final DroppedFields droppedFields;
    private final Duration idle;

    @Inject
    PostResource(
            PostMemoryBudget memory,
            PostTopics topics,
            PostProducer producer,
            RegisteredSensors sensors,
            DroppedFields droppedFields,
            PostConfig config,
            Clock clock,
            Vertx vertx) {
        this.droppedFields = droppedFields;
        this.shared = new PostSession.Shared(memory, topics, producer, sensors, clock, vertx);
        this.idle = Bounds.within("telltale.posts.idle", config.idle(), Duration.ofSeconds(1), Duration.ofMinutes(10));
    }

    @POST
    @Path("/readings")
    @Consumes({MediaType.APPLICATION_JSON, MediaTypes.NDJSON, MediaTypes.SENML})
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Response> post(
            @jakarta.ws.rs.core.Context UriInfo uri, @jakarta.ws.rs.core.Context HttpServerRequest request) {
        try {
            return session(uri, request).run().map(result -> Response.accepted(result)
                    .build());
        } catch (ProblemException e) {
            RequestDrain.discard(request, shared.vertx());
            throw e;
        }
    }

    private PostSession session(UriInfo uri, HttpServerRequest request) {
        ContentCoding coding = ContentCoding.of(request.getHeader(HttpHeaders.CONTENT_ENCODING));
        boolean isCompressed = coding != ContentCoding.IDENTITY;
        String mediaType = MediaTypes.ofBody(
                request.getHeader(HttpHeaders.CONTENT_TYPE),
                MediaType.APPLICATION_JSON,
                MediaTypes.NDJSON,
                MediaTypes.SENML);
        Parameters parameters = Parameters.of(uri, "type");
        if (!mediaType.equals(MediaTypes.SENML)) {
            parameters.refuse("type", "with %s each reading has a field type".formatted(mediaType));
        }
        int length = contentLength(request.getHeader(HttpHeaders.CONTENT_LENGTH));
        int maxLength = length < 0 ? BodyReader.MAX_BODY_BYTES : length;
        int compressedBytes = isCompressed ? CompressedBody.maxHeldBytes(maxLength) : 0;
        int expected = isCompressed ? -1 : length;
        // Without a length the body is collected in an array that doubles.
        int heldBytes =
                compressedBytes + (expected < 0 ? 2 * CompressedBody.maxDecompressedBytes(maxLength) : expected);
        return switch (mediaType) {
            case MediaTypes.NDJSON ->
                newSession(
                        request,
                        coding,
                        new NdjsonPostBody(),
                        parameters.scope(),
                        compressedBytes,
                        isCompressed ? BODY_TIMEOUT : null);
            case MediaTypes.SENML -> {
                SensorType type = parameters.type().orElseThrow(() -> Problem.missingParameter("type", SensorType.FORM)
                        .exception());
                yield newSession(
                        request,
                        coding,
                        new SenMlPostBody(type, expected, droppedFields),
                        parameters.scope(),
                        heldBytes,
                        BODY_TIMEOUT);
            }
            default ->
                newSession(request, coding, new JsonPostBody(expected), parameters.scope(), heldBytes, BODY_TIMEOUT);
        };
    }

    private PostSession newSession(
            HttpServerRequest request,
            ContentCoding coding,
            PostBody body,
            Scope scope,
            int heldBytes,
            @Nullable Duration bodyTimeout) {
        Context context = Objects.requireNonNull(Vertx.currentContext(), "a request runs on a context");
        return new PostSession(
                request,
                coding,
                body,
                new PostScope(scope, shared.sensors(), ForbiddenElements.ofCurrentRequest()),
                CallerCredential.current(),
                PostSession.WORKING_BYTES + heldBytes,
                shared,
                new PostTimeouts(MEMORY_TIMEOUT, idle, bodyTimeout, KAFKA_TIMEOUT),
                task -> context.runOnContext(ignored -> task.run()));
    }

    private static int contentLength(@Nullable String header) {
        // BodyLimit has refused larger numbers.
        return header == null ? -1 : Integer.parseInt(header);
    }
}
