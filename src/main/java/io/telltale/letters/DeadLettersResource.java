package io.telltale.letters;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Cursor;
import io.telltale.api.Gzipped;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.SharedCursorSigner;
import io.telltale.letters.LetterPage.Stop;
import io.telltale.letters.LetterReplay.Result;
import io.telltale.letters.LetterService.Replay;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.util.Locale;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The dead letters, and their replay. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public class DeadLettersResource {

    private static final Logger log = Logger.getLogger(DeadLettersResource.class);

    private final LetterService letters;
    private final SharedCursorSigner signer;
    private final Clock clock;

    @Inject
    DeadLettersResource(LetterService letters, SharedCursorSigner signer, Clock clock) {
        this.letters = letters;
        this.signer = signer;
        this.clock = clock;
    }

    @GET
    @Gzipped
    @Path("/dead-letters")
    public Uni<LettersView> list(@Context UriInfo request) {
        Parameters parameters = Parameters.of(request, "reason", "topic", "sensor", "since", "limit", "cursor");
        requireNoScope(parameters);
        LetterQuery query = LetterQuery.ofList(parameters, clock.millis(), signer);
        return letters.list(query)
                .map(page -> new LettersView(
                        page.letters().stream().map(LetterView::of).toList(),
                        page.stop() == null,
                        written(page.stop()),
                        cursor(query, page.next())))
                .onFailure(KafkaException.class)
                .transform(DeadLettersResource::unavailable);
    }

    @POST
    @Path("/dead-letters/replay")
    public Uni<Response> replay(@Context UriInfo request, @Context HttpServerRequest caller) {
        Parameters parameters = Parameters.of(request, "id", "reason", "topic", "sensor", "since", "limit", "cursor");
        requireNoScope(parameters);
        LetterQuery query = LetterQuery.ofReplay(parameters, clock.millis(), signer);
        log.infof("Replay of dead letters requested by %s", caller.remoteAddress());
        return letters.replay(query)
                .map(replay -> response(query, replay))
                .onFailure(KafkaException.class)
                .transform(failure ->
                        new ProblemException(unavailable(failure).problem().with("replayed", 0), failure));
    }

    /** The sensor of a rejected record may be unknown, so a scope cannot be applied to letters. */
    private static void requireNoScope(Parameters parameters) {
        if (!parameters.scope().isEverything()) {
            throw Problem.of(
                            ProblemCode.FORBIDDEN,
                            "the credential has a scope, which cannot be applied to dead letters; expected one without")
                    .exception();
        }
    }

    private Response response(LetterQuery query, Replay replay) {
        Result result = replay.result();
        String next = cursor(query, replay.next());
        if (!result.remaining().isEmpty()) {
            Problem problem = Problem.of(
                            ProblemCode.KAFKA_UNAVAILABLE,
                            "Kafka acknowledged %d of %d letters; replay those in remaining again, as id="
                                    .formatted(
                                            result.replayed(),
                                            result.replayed()
                                                    + result.remaining().size()))
                    .with("replayed", result.replayed())
                    .with(
                            "remaining",
                            result.remaining().stream()
                                    .map(letter -> letter.id().toString())
                                    .toList());
            throw new ProblemException(next == null ? problem : problem.with("next", next), result.failure());
        }
        return Response.accepted(new ReplayView(
                        result.replayed(), result.skipped(), replay.stop() == null, written(replay.stop()), next))
                .build();
    }

    private static @Nullable String written(@Nullable Stop stop) {
        return stop == null ? null : stop.name().toLowerCase(Locale.ROOT);
    }

    /** Null at the end, and for a topic of more partitions than a cursor can hold. */
    private @Nullable String cursor(LetterQuery query, @Nullable LetterPosition next) {
        byte[] position = next == null ? null : next.toBytes();
        return position == null || position.length > Cursor.MAX_POSITION_BYTES
                ? null
                : Cursor.encode(query.fingerprint(), position, signer.get());
    }

    private static ProblemException unavailable(Throwable failure) {
        String detail = failure instanceof AuthorizationException
                ? "Kafka does not let the service read the dead letters; grant its user the right"
                : "Kafka did not return the dead letters in time";
        return new ProblemException(Problem.of(ProblemCode.KAFKA_UNAVAILABLE, detail), failure);
    }
}
