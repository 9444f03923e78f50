package io.telltale.live;

import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.QueryFingerprint;
import io.telltale.live.LiveEvent.Gap;
import io.telltale.live.Subscriber.Connection;
import io.telltale.live.Subscriber.DeliveryPolicy;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.SensorLists;
import io.telltale.store.SensorRegistry;
import io.telltale.store.StoreUnavailableException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Readings as they happen, as server-sent events: every accepted record from the moment of connecting on. */
@Path("/api/v1")
@Produces(MediaType.SERVER_SENT_EVENTS)
public class LiveResource {

    static final int MAX_SENSORS = 1_000;

    /** So many sensors of a site are looked up before it is filter, and no longer than this. */
    private static final int SENSORS_OF_A_SITE = 10_000;

    private static final String LAST_EVENT_ID = "lastEventId";
    private static final String LAST_EVENT_ID_HEADER = "Last-Event-ID";
    private static final int LOOK_UPS_AT_ONCE = 32;

    /** Those who lose a replica at once come back spread over this. */
    private static final int MIN_RETRY_MILLIS = 1_000;

    private static final int MAX_RETRY_MILLIS = 4_000;

    private static final Duration LOOK_UP = Duration.ofSeconds(5);

    private final Hub hub;
    private final SubscriberLimit subscriberLimit;
    private final Tail tail;
    private final CatchUpScheduler catchUpScheduler;
    private final ReplayService replayService;
    private final SensorLists sensors;
    private final SensorRegistry registry;
    private final Clock clock;
    private final int waitingEvents;
    private final int stalledHeartbeats;

    /** By the thread of the event loop. */
    private final Map<Thread, EventLoopExecutor> loops = new ConcurrentHashMap<>();

    @Inject
    LiveResource(
            Hub hub,
            SubscriberLimit subscriberLimit,
            Tail tail,
            CatchUpScheduler catchUpScheduler,
            ReplayService replayService,
            SensorLists sensors,
            SensorRegistry registry,
            LiveConfig config,
            Clock clock,
            Vertx vertx) {
        this.hub = hub;
        this.subscriberLimit = subscriberLimit;
        this.tail = tail;
        this.catchUpScheduler = catchUpScheduler;
        this.replayService = replayService;
        this.sensors = sensors;
        this.registry = registry;
        this.clock = clock;
        this.waitingEvents = Bounds.within("telltale.live.waiting-events", config.waitingEvents(), 16, 1_000_000);
        Duration heartbeat = Bounds.within(
                "telltale.live.heartbeat", config.heartbeat(), Duration.ofSeconds(1), Duration.ofMinutes(5));
        Duration stalled =
                Bounds.within("telltale.live.stalled", config.stalled(), Duration.ofSeconds(30), Duration.ofHours(1));
        this.stalledHeartbeats = (int) Math.max(2, stalled.dividedBy(heartbeat));
        vertx.setPeriodic(heartbeat.toMillis(), timer -> tail.heartbeat());
    }

    @GET
    @Path("/readings/stream")
    public Uni<Void> many(
            @Nullable @HeaderParam(LAST_EVENT_ID_HEADER) String lastEventId,
            @jakarta.ws.rs.core.Context UriInfo request,
            @jakarta.ws.rs.core.Context HttpServerRequest connection) {
        Parameters parameters = Parameters.of(request, "sensor", "type", "site", "since", "mode", LAST_EVENT_ID);
        return watch(
                new SubscriptionFilter(
                        Set.copyOf(parameters.sensors(MAX_SENSORS)),
                        parameters.type().orElse(null),
                        parameters.site().orElse(null)),
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
        Parameters parameters = Parameters.of(request, "since", "mode", LAST_EVENT_ID);
        return watch(new SubscriptionFilter(Set.of(sensorId), null, null), parameters, lastEventId, connection);
    }

    /** Never completes: the stream ends when the client goes, which cancels it, or when the hub says goodbye. */
    private Uni<Void> watch(
            SubscriptionFilter filter,
            Parameters parameters,
            @Nullable String lastEventId,
            HttpServerRequest connection) {
        Mode mode = parameters.choice("mode", Mode.class).orElse(Mode.EVERY);
        OptionalLong since = parameters.time("since", clock.millis());
        EventId resumed = resumed(filter, parameters, lastEventId);
        String resumedText = lastEventId != null
                ? lastEventId
                : parameters.text(LAST_EVENT_ID).orElse("");
        if (hub.isStopping()) {
            throw Problem.of(ProblemCode.UNAVAILABLE, "this replica is going; another one is there, or will be")
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        String address = connection.remoteAddress().hostAddress();
        SubscriberLimit.Seat seat = subscriberLimit.take(address);
        HttpServerResponse response = connection.response();
        Context context = Objects.requireNonNull(Vertx.currentContext(), "a request runs on a context");
        Executor eventLoop = task -> context.runOnContext(ignored -> task.run());
        return lookUp(filter)
                .chain(() -> types(filter))
                .emitOn(eventLoop)
                .map(types -> new Subscriber(
                        Subscription.of(filter, types),
                        new DeliveryPolicy(mode, waitingEvents, stalledHeartbeats),
                        new Connection(loopTasks(context), response, response::reset, seat::leave),
                        () -> hub.count(Gap.SLOW_CLIENT)))
                .chain(subscriber -> Uni.createFrom()
                        .deferred(() -> {
                            // Before the tail is asked for, so that it does not take itself for unwatched and stop.
                            hub.add(subscriber);
                            return tail.tailing(subscriber.subscription());
                        })
                        .chain(() -> begin(subscriber, resumed, resumedText, since))
                        .onFailure(KafkaException.class)
                        .transform(failure -> new ProblemException(
                                Problem.of(ProblemCode.KAFKA_UNAVAILABLE, "Kafka does not answer, so nothing is live"),
                                failure))
                        .emitOn(eventLoop)
                        .chain(() -> open(subscriber, response))
                        .onTermination()
                        .invoke(() -> hub.remove(subscriber)))
                .onTermination()
                .invoke(seat::leave);
    }

    /** The executor of the current event loop. It outlives the request, so it uses the root of the request's context. */
    private EventLoopExecutor loopTasks(Context context) {
        return loops.computeIfAbsent(Thread.currentThread(), thread -> {
            Context root = VertxContext.getRootContext(context);
            return new EventLoopExecutor(task -> root.runOnContext(ignored -> task.run()));
        });
    }

    private static @Nullable EventId resumed(
            SubscriptionFilter filter, Parameters parameters, @Nullable String header) {
        QueryFingerprint fingerprint = Subscription.fingerprint(filter);
        return header != null
                ? EventId.parse(LAST_EVENT_ID_HEADER, header, fingerprint)
                : parameters
                        .text(LAST_EVENT_ID)
                        .map(text -> EventId.parse(LAST_EVENT_ID, text, fingerprint))
                        .orElse(null);
    }

    private Uni<Void> begin(Subscriber subscriber, @Nullable EventId resumed, String resumedText, OptionalLong since) {
        if (resumed != null) {
            if (EventId.of(subscriber.subscription(), tail.positions(subscriber.subscription()), null)
                            .text(subscriber.subscription().fingerprint())
                    == null) {
                throw tooManyPartitions();
            }
            subscriber.begin(LiveEvent.idLine(resumedText), false);
            if (resumed.replay() != null) {
                replayService.resume(subscriber, resumed);
            } else {
                catchUpScheduler.begin(subscriber, resumed);
            }
        } else if (since.isPresent()) {
            return replayService.begin(subscriber, since.getAsLong());
        } else if (!tail.beginHere(subscriber)) {
            throw tooManyPartitions();
        }
        return Uni.createFrom().voidItem();
    }

    static ProblemException tooManyPartitions() {
        return Problem.of(
                        ProblemCode.BAD_PARAMETER,
                        "the topics that may have these readings have more partitions than an id of %d characters holds;"
                                        .formatted(EventId.MAX_CHARACTERS)
                                + " expected type, or sensors that are known")
                .exception();
    }

    /** The types of the sensors, where all are known: no other topic is listened to then. */
    private Uni<Set<SensorType>> types(SubscriptionFilter filter) {
        if (filter.type() != null || filter.sensorIds().isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        return Multi.createFrom()
                .iterable(filter.sensorIds())
                .onItem()
                .transformToUni(id -> registry.find(id, Consistency.DEFAULT))
                .merge(LOOK_UPS_AT_ONCE)
                .collect()
                .asList()
                .map(LiveResource::types)
                .ifNoItem()
                .after(LOOK_UP)
                .recoverWithItem(Set.of())
                .onFailure(StoreUnavailableException.class)
                .recoverWithItem(Set.of());
    }

    private static Set<SensorType> types(List<Optional<Sensor>> found) {
        return found.stream().allMatch(Optional::isPresent)
                ? found.stream().flatMap(Optional::stream).map(Sensor::type).collect(Collectors.toSet())
                : Set.of();
    }

    /**
     * Looks up the sensors of a site, so that those that a person put there are known before their first reading: it may
     * name another site. Live goes on without Cassandra, so there is no waiting for that.
     */
    private Uni<Void> lookUp(SubscriptionFilter filter) {
        if (filter.site() == null) {
            return Uni.createFrom().voidItem();
        }
        return sensors.all(filter.type(), filter.site(), null, SENSORS_OF_A_SITE, Consistency.DEFAULT)
                .select()
                .first(SENSORS_OF_A_SITE)
                .collect()
                .last()
                .replaceWithVoid()
                .ifNoItem()
                .after(LOOK_UP)
                .recoverWithUni(Uni.createFrom().voidItem())
                .onFailure(StoreUnavailableException.class)
                .recoverWithUni(Uni.createFrom().voidItem());
    }

    private static Uni<Void> open(Subscriber subscriber, HttpServerResponse response) {
        if (response.closed()) {
            return Uni.createFrom().voidItem();
        }
        Future<Void> opened = response.setStatusCode(200)
                .setChunked(true)
                .putHeader("Content-Type", MediaType.SERVER_SENT_EVENTS)
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no")
                .write("retry: %d\n\n"
                        .formatted(ThreadLocalRandom.current().nextInt(MIN_RETRY_MILLIS, MAX_RETRY_MILLIS)));
        subscriber.open();
        return Uni.createFrom().completionStage(opened.toCompletionStage()).chain(() -> Uni.createFrom()
                .nothing());
    }
}
