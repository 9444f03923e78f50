package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.CallerLimiter;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.live.CutoverResolver.Continuation;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.LiveEvent.Gap;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.StoreUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Replays stored readings to subscribers: from an instant on ({@code since}), from the middle of such a replay, or to
 * fill a gap that Kafka's retention has left. After its replay a subscriber {@linkplain CatchUpScheduler catches up}
 * with Kafka from the {@link ReplayCutover} on. The number of concurrent replays is limited, in total and per caller;
 * others wait for a permit. A subscriber that leaves stops its replay.
 */
@Singleton
class ReplayService {

    private static final Logger log = Logger.getLogger(ReplayService.class);
    /** An outage ends all replays at the same time. */
    private static final RateLimitedLog UNAVAILABLE = new RateLimitedLog(log, Logger.Level.WARN);

    private static final RateLimitedLog UNEXPECTED = new RateLimitedLog(log, Logger.Level.ERROR);

    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    private final Hub hub;
    private final CatchUpScheduler catchUpScheduler;
    private final CutoverResolver cutovers;
    private final ReplaySelection selection;
    private final ReplaySource source;
    private final CreatedTopics createdTopics;
    private final CallerLimiter limiter;

    @Inject
    ReplayService(
            Hub hub,
            CatchUpScheduler catchUpScheduler,
            CutoverResolver cutovers,
            ReplaySelection selection,
            ReplaySource source,
            CreatedTopics createdTopics,
            LiveConfig config) {
        this.hub = hub;
        this.catchUpScheduler = catchUpScheduler;
        this.cutovers = cutovers;
        this.selection = selection;
        this.source = source;
        this.createdTopics = createdTopics;
        int maxReplays = Bounds.within("telltale.live.replays", config.replays(), 1, 1_024);
        // SubscriberLimit bounds the number of waiting replays.
        int maxOfCaller = Bounds.within(
                "telltale.live.replays-per-caller", config.replaysPerCaller().orElse((maxReplays + 1) / 2), 1, 1_024);
        this.limiter = new CallerLimiter(maxReplays, config.subscribers(), maxOfCaller, config.subscribers());
        catchUpScheduler.setGapFiller(this::resume);
    }

    /**
     * Begins a replay at an instant of event time.
     *
     * @return completes when the replay has begun; fails with a {@link ProblemException} {@code bad-parameter} if there
     *     is too much to replay, and with {@link StoreUnavailableException}
     */
    Uni<Void> begin(Subscriber subscriber, long fromMillis) {
        CallerLimiter.Permit permit = limiter.permit(subscriber.credential(), 1);
        subscriber.onLeave(permit::release);
        // The cutover is read first: Kafka supplies what is stored after it, even if Cassandra has it when history is
        // read.
        return permit.acquire()
                .ifNoItem()
                .after(MAX_WAIT)
                .failWith(() -> timeout(permit))
                .chain(() -> cutovers.current(subscriber.subscription()))
                .chain(next -> selection.select(subscriber, fromMillis).chain(sensors -> {
                    EventId id = EventId.of(subscriber.subscription(), next, null)
                            .withCatchingUp(true)
                            .withReplay(ReplayPosition.from(fromMillis));
                    return cutovers.of(id, types(subscriber.subscription(), sensors))
                            .invoke(cutover -> begin(subscriber, permit, cutover, sensors));
                }))
                .onFailure()
                .invoke(permit::release)
                .replaceWithVoid();
    }

    private void begin(
            Subscriber subscriber, CallerLimiter.Permit permit, ReplayCutover cutover, List<Sensor> sensors) {
        EventId id = cutover.id();
        String text = id.text(subscriber.subscription().fingerprint());
        if (text == null || isTooLongLater(id, subscriber.subscription(), sensors)) {
            throw TooManyPartitionsException.problem();
        }
        subscriber.begin(LiveEvent.idLine(text), false);
        run(subscriber, permit, replay(subscriber, permit, cutover, sensors));
    }

    /** The types whose topics a replay concerns. Those of the subscription also if no sensor is registered yet. */
    private static Set<SensorType> types(Subscription subscription, List<Sensor> sensors) {
        return Stream.concat(subscription.types().stream(), sensors.stream().map(Sensor::type))
                .collect(Collectors.toSet());
    }

    /** Whether an id will be too long when it names a sensor. */
    private static boolean isTooLongLater(EventId id, Subscription subscription, List<Sensor> sensors) {
        return sensors.stream()
                .map(Sensor::id)
                .max(Comparator.comparingInt(any -> any.value().length()))
                .map(longest ->
                        id.withReplay(ReplayPosition.from(0).after(longest, 0)).text(subscription.fingerprint())
                                == null)
                .orElse(false);
    }

    private static RuntimeException timeout(CallerLimiter.Permit permit) {
        return Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "no permit of telltale.live.%s was free within %s; open the stream again later"
                                .formatted(permit.waitsForCaller() ? "replays-per-caller" : "replays", MAX_WAIT))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    /** Continues a replay at an id, for a subscriber that has begun. */
    void resume(Subscriber subscriber, EventId id) {
        CallerLimiter.Permit permit = limiter.permit(subscriber.credential(), 1);
        // Waits without a permit, which others could use.
        Uni<EventId> from = isNewGapFill(id)
                ? cutovers.awaitIngest(subscriber.subscription(), id).replaceWith(id)
                : withCreatedTopics(subscriber.subscription(), id);
        run(subscriber, permit, from.chain(ready -> permit.acquire().chain(() -> replay(subscriber, permit, ready))));
    }

    /**
     * Ends the history of a whole replay before the topics that were created behind its id, as on its first stream: the
     * catch-up delivers these. The id keeps its time, so that the catch-up also finds the uncertain ones.
     */
    private Uni<EventId> withCreatedTopics(Subscription subscription, EventId id) {
        return id.isGapFill()
                ? Uni.createFrom().item(id)
                : createdTopics
                        .find(subscription, CreatedTopics.TopicSearch.of(id))
                        .map(search -> search.id().withTopicsKnownAt(id.topicsKnownAtMillis()));
    }

    private static boolean isNewGapFill(EventId id) {
        ReplayPosition replay = id.replay();
        return replay != null && replay.fromMillis() == ReplayPosition.UNDECIDED;
    }

    /** A resumed replay. */
    private record Prepared(ReplayCutover cutover, List<Sensor> sensors) {}

    private Uni<EventId> replay(Subscriber subscriber, CallerLimiter.Permit permit, EventId id) {
        return (isNewGapFill(id)
                        ? prepareGapFill(subscriber.subscription(), id)
                        : prepare(subscriber.subscription(), id))
                .chain(prepared -> replay(subscriber, permit, prepared.cutover(), prepared.sensors()));
    }

    private Uni<Prepared> prepareGapFill(Subscription subscription, EventId id) {
        return prepare(subscription, id)
                // For example in a process that was frozen: the requests of before time out.
                .onFailure(StoreUnavailableException.class)
                .recoverWithUni(() -> cutovers.awaitIngest(subscription, id)
                        .chain(() -> prepare(subscription, id))
                        .onFailure(StoreUnavailableException.class)
                        .retry()
                        .atMost(1))
                // Without Cassandra the gap is not filled; the gap event has reported that readings are missing.
                .onFailure(StoreUnavailableException.class)
                .recoverWithItem(() -> new Prepared(new ReplayCutover(id.withoutReplay(), Map.of()), List.of()));
    }

    private Uni<Prepared> prepare(Subscription subscription, EventId id) {
        return selection.resume(subscription, id).chain(resumed -> cutovers.of(
                        resumed.id(), types(subscription, resumed.sensors()))
                .map(cutover -> new Prepared(cutover, resumed.sensors())));
    }

    /** Delivers history, and releases the permit. The result is the id at which Kafka continues. */
    private Uni<EventId> replay(
            Subscriber subscriber, CallerLimiter.Permit permit, ReplayCutover cutover, List<Sensor> sensors) {
        EventId id = cutover.id();
        return id.replay() == null
                ? Uni.createFrom().item(id)
                : new StoredReplay(subscriber, cutover, source, hub)
                        .deliver(sensors)
                        // It may have to wait for a topic.
                        .invoke(permit::release)
                        .chain(() -> cutovers.behind(
                                subscriber.subscription(), id, types(subscriber.subscription(), sensors)))
                        .chain(next -> continueBehind(subscriber, next));
    }

    private Uni<EventId> continueBehind(Subscriber subscriber, Continuation next) {
        if (next.id().replay() != null) {
            return replayNext(subscriber, next.id());
        }
        if (!next.isComplete()) {
            reportGap(subscriber, next.id());
        }
        return Uni.createFrom().item(next.id());
    }

    private void reportGap(Subscriber subscriber, EventId id) {
        String text = id.text(subscriber.subscription().fingerprint());
        if (text == null) {
            throw new TooManyPartitionsException();
        }
        hub.count(Gap.TOPIC_RECREATED);
        subscriber.offerMissed(LiveEvent.gap(LiveEvent.idLine(text), Gap.TOPIC_RECREATED));
    }

    /** Reports and fills the gap of topics that were created and deleted during a gap fill. */
    private Uni<EventId> replayNext(Subscriber subscriber, EventId fill) {
        reportGap(subscriber, fill);
        CallerLimiter.Permit permit = limiter.permit(subscriber.credential(), 1);
        return cutovers.awaitIngest(subscriber.subscription(), fill)
                .chain(permit::acquire)
                .chain(() -> replay(subscriber, permit, fill))
                .onTermination()
                .invoke(permit::release);
    }

    private void run(Subscriber subscriber, CallerLimiter.Permit permit, Uni<EventId> replay) {
        Cancellable running = replay.onTermination()
                .invoke(permit::release)
                .subscribe()
                .with(id -> catchUpScheduler.start(subscriber, id), failure -> {
                    report(failure);
                    hub.dismiss(subscriber, Goodbye.INTERRUPTED);
                });
        subscriber.onLeave(running::cancel);
    }

    private static void report(Throwable failure) {
        if (failure instanceof StoredReplay.TooSlowException || failure instanceof TooManyPartitionsException) {
            log.debugf("A replay ends: %s", failure);
        } else if (failure instanceof StoreUnavailableException) {
            UNAVAILABLE.say(
                    "A replay ended, because the store is unavailable; its client resumes it: " + failure.getMessage());
        } else {
            UNEXPECTED.say("A replay failed unexpectedly; its stream ends, and the client resumes", failure);
        }
    }
}
