package io.telltale.live;

import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.telltale.api.CallerCredential;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.api.StreamTickets;
import io.telltale.live.LiveEvent.Gap;
import io.telltale.live.StreamStart.ResumedEvent;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.store.LabeledSensors.Watch;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Streams readings as server-sent events: every accepted record from the moment of the connection on. */
@Path("/api/v1")
@Produces(MediaType.SERVER_SENT_EVENTS)
public class LiveResource {

    static final int MAX_SENSORS = 1_000;

    private static final String LAST_EVENT_ID = "lastEventId";
    private static final String LAST_EVENT_ID_HEADER = "Last-Event-ID";

    /** Clients that lose a replica at the same time reconnect within this range, not all at once. */
    private static final int MIN_RETRY_MILLIS = 1_000;

    private static final int MAX_RETRY_MILLIS = 4_000;

    private final Hub hub;
    private final SubscriberLimit subscriberLimit;
    private final SubscriptionResolver resolver;
    private final StreamStart streamStart;
    private final CredentialWatch credentials;
    private final Clock clock;
    private final int waitingEvents;
    private final int stalledHeartbeats;

    /** The executor of each event loop, by the thread of the loop. */
    private final Map<Thread, EventLoopExecutor> loops = new ConcurrentHashMap<>();

    @Inject
    LiveResource(
            Hub hub,
            SubscriberLimit subscriberLimit,
            SubscriptionResolver resolver,
            StreamStart streamStart,
            CredentialWatch credentials,
            TailPosition position,
            LiveConfig config,
            Clock clock,
            Vertx vertx) {
        this.hub = hub;
        this.subscriberLimit = subscriberLimit;
        this.resolver = resolver;
        this.streamStart = streamStart;
        this.credentials = credentials;
        this.clock = clock;
        this.waitingEvents = Bounds.within("telltale.live.waiting-events", config.waitingEvents(), 16, 1_000_000);
        Duration heartbeat = Bounds.within(
                "telltale.live.heartbeat", config.heartbeat(), Duration.ofSeconds(1), Duration.ofMinutes(5));
        Duration stalled =
                Bounds.within("telltale.live.stalled", config.stalled(), Duration.ofSeconds(30), Duration.ofHours(1));
        this.stalledHeartbeats = (int) Math.max(2, stalled.dividedBy(heartbeat));
        vertx.setPeriodic(heartbeat.toMillis(), timer -> position.heartbeat());
    }

    @GET
    @Path("/readings/stream")
    public Uni<Void> many(
            @Nullable @HeaderParam(LAST_EVENT_ID_HEADER) String lastEventId,
            @jakarta.ws.rs.core.Context UriInfo request,
            @jakarta.ws.rs.core.Context HttpServerRequest connection) {
        Parameters parameters = Parameters.of(
                request,
                "sensor",
                "type",
                "site",
                Parameters.LABELS,
                "since",
                "mode",
                LAST_EVENT_ID,
                StreamTickets.PARAMETER);
        return stream(
                new SubscriptionFilter(
                        Set.copyOf(parameters.sensors(MAX_SENSORS)), parameters.sensorFilter(), parameters.scope()),
                parameters,
                lastEventId,
                connection);
    }

    @GET
    @Path("/sensors/{id}/readings/stream")
    public Uni<Void> one(
            @PathParam("id") String id,
            @Nullable @HeaderParam(LAST_EVENT_ID_HEADER) String lastEventId,
            @jakarta.ws.rs.core.Context UriInfo request,
            @jakarta.ws.rs.core.Context HttpServerRequest connection) {
        SensorId sensorId = Parameters.sensorIdOfPath(id);
        Parameters parameters = Parameters.of(request, "since", "mode", LAST_EVENT_ID, StreamTickets.PARAMETER);
        return stream(
                new SubscriptionFilter(Set.of(sensorId), SensorFilter.NONE, parameters.scope()),
                parameters,
                lastEventId,
                connection);
    }

    /**
     * Never completes: the stream ends when the client leaves, which cancels it, or when the hub sends {@code goodbye}.
     * Only the response to a HEAD completes, and its subscriber leaves.
     */
    private Uni<Void> stream(
            SubscriptionFilter filter,
            Parameters parameters,
            @Nullable String lastEventId,
            HttpServerRequest connection) {
        Mode mode = parameters.choice("mode", Mode.class).orElse(Mode.EVERY);
        OptionalLong since = parameters.time("since", clock.millis());
        ResumedEvent resumed = resumed(filter, parameters, lastEventId);
        requireTicketForm(parameters);
        CallerCredential credential = CallerCredential.current();
        if (hub.isStopping()) {
            throw Problem.of(ProblemCode.UNAVAILABLE, "this replica is shutting down; use another replica")
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        SubscriberLimit.Permit permit =
                subscriberLimit.acquire(connection.remoteAddress().hostAddress(), credential);
        HttpServerResponse response = connection.response();
        Context context = Objects.requireNonNull(Vertx.currentContext(), "a request runs on a context");
        Executor eventLoop = task -> context.runOnContext(ignored -> task.run());
        Optional<Watch> labels = resolver.watch(filter);
        return resolver.resolve(filter, labels)
                .emitOn(eventLoop)
                .map(subscription -> new Subscriber(
                        subscription,
                        new DeliveryPolicy(mode, waitingEvents, stalledHeartbeats),
                        new ClientConnection(credential, executor(context), response, response::reset, permit::release),
                        () -> hub.count(Gap.SLOW_CLIENT)))
                .invoke(subscriber -> credentials.watch(subscriber, credential))
                .chain(subscriber -> streamStart
                        .start(subscriber, resumed, since)
                        .onFailure(KafkaException.class)
                        .transform(failure -> new ProblemException(
                                Problem.of(
                                        ProblemCode.KAFKA_UNAVAILABLE,
                                        "Kafka does not answer, so there is no live stream; open it again later"),
                                failure))
                        .emitOn(eventLoop)
                        .chain(() -> open(subscriber, connection))
                        .onTermination()
                        .invoke(() -> {
                            credentials.forget(subscriber);
                            hub.remove(subscriber);
                        }))
                .onTermination()
                .invoke(() -> {
                    permit.release();
                    labels.ifPresent(Watch::release);
                });
    }

    /** A well-formed ticket was verified before the request came here. */
    private static void requireTicketForm(Parameters parameters) {
        parameters.text(StreamTickets.PARAMETER).ifPresent(text -> {
            if (!StreamTickets.isForm(text)) {
                throw Problem.badParameter(StreamTickets.PARAMETER, text, "one of POST /api/v1/stream-tickets")
                        .exception();
            }
        });
    }

    /**
     * The executor of the current event loop. It outlives the request, so it uses the root of the request's context.
     */
    private EventLoopExecutor executor(Context context) {
        return loops.computeIfAbsent(Thread.currentThread(), thread -> {
            Context root = VertxContext.getRootContext(context);
            return new EventLoopExecutor(task -> root.runOnContext(ignored -> task.run()));
        });
    }

    private static @Nullable ResumedEvent resumed(
            SubscriptionFilter filter, Parameters parameters, @Nullable String header) {
        QueryFingerprint fingerprint = Subscription.fingerprint(filter);
        return header != null
                ? new ResumedEvent(EventIdText.parse("header " + LAST_EVENT_ID_HEADER, header, fingerprint), header)
                : parameters
                        .text(LAST_EVENT_ID)
                        .map(text -> new ResumedEvent(
                                EventIdText.parse("parameter " + LAST_EVENT_ID, text, fingerprint), text))
                        .orElse(null);
    }

    private static Uni<Void> open(Subscriber subscriber, HttpServerRequest connection) {
        HttpServerResponse response = connection.response();
        if (response.closed()) {
            return Uni.createFrom().voidItem();
        }
        response.setStatusCode(200)
                .setChunked(true)
                .putHeader("Content-Type", MediaType.SERVER_SENT_EVENTS)
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no");
        if (HttpMethod.HEAD.equals(connection.method())) {
            return Uni.createFrom().completionStage(response.writeHead().toCompletionStage());
        }
        Future<Void> opened = response.write(
                "retry: %d\n\n".formatted(ThreadLocalRandom.current().nextInt(MIN_RETRY_MILLIS, MAX_RETRY_MILLIS)));
        subscriber.open();
        return Uni.createFrom().completionStage(opened.toCompletionStage()).chain(() -> Uni.createFrom()
                .nothing());
    }
}
