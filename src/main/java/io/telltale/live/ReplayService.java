package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.AsyncLimiter;
import io.telltale.api.Order;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.IngestProgress.TopicProgress;
import io.telltale.store.StoreUnavailableException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Gives stored readings to those who want more than what comes: from an instant on ({@code since}), from the middle of such
 * a replay, or what Kafka has removed since they left. Then they {@linkplain CatchUpScheduler catch up} with Kafka from the
 * {@link ReplayCutover} on. Some at once, the others in queue; who leaves is out at once.
 */
@Singleton
class ReplayService {

    private static final Logger log = Logger.getLogger(ReplayService.class);
    /** An outage ends all replays at once. */
    private static final RateLimitedLog UNAVAILABLE = new RateLimitedLog(log, Logger.Level.WARN);

    private static final RateLimitedLog UNFORESEEN = new RateLimitedLog(log, Logger.Level.ERROR);

    /** How many sensors {@code since} replays at most. */
    static final int MAX_SENSORS = 1_000;

    /** How much older than its record a reading is that is still given for what Kafka has removed, where all is too much. */
    private static final Duration FILLED_LATENESS = Duration.ofHours(1);

    /** How many at most where it goes on: more may have come since it began, and an id may be made up. */
    private static final int MAX_RESUMED_SENSORS = 10 * MAX_SENSORS;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private static final int LOOK_UPS_AT_ONCE = 32;
    private static final int COUNTED_AT_ONCE = 8;

    private final Hub hub;
    private final Tail tail;
    private final CatchUpScheduler catchUpScheduler;
    private final SensorTopics topics;
    private final ReplaySource source;
    private final AsyncLimiter limiter;
    private final int maxReadings;

    @Inject
    ReplayService(
            Hub hub,
            Tail tail,
            CatchUpScheduler catchUpScheduler,
            SensorTopics topics,
            ReplaySource source,
            LiveConfig config) {
        this.hub = hub;
        this.tail = tail;
        this.catchUpScheduler = catchUpScheduler;
        this.topics = topics;
        this.source = source;
        this.maxReadings = Bounds.within("telltale.live.replayed-readings", config.replayedReadings(), 1, 100_000_000);
        int atOnce = Bounds.within("telltale.live.replays", config.replays(), 1, 1_024);
        // Whoever is in queue has a seat, and those are counted.
        this.limiter = new AsyncLimiter(atOnce, config.subscribers());
        catchUpScheduler.setGapFiller(this::resume);
    }

    /**
     * Begins a replay from an instant of event time on, where it is not too long.
     *
     * @return completes when it is begun; fails with a {@link ProblemException} {@code bad-parameter} if there is too much to
     *     replay, and with {@link StoreUnavailableException}
     */
    Uni<Void> begin(Subscriber subscriber, long fromMillis) {
        AsyncLimiter.Permit permit = limiter.permit(1);
        subscriber.onLeave(permit::release);
        // The cutover first: what comes behind it is Kafka's, whatever is found in Cassandra meanwhile.
        return permit.acquire()
                .ifNoItem()
                .after(LONGEST_WAIT)
                .failWith(ReplayService::late)
                .chain(() -> cutover(subscriber.subscription()))
                .chain(cutover -> sensors(subscriber.subscription(), MAX_SENSORS + 1)
                        .call(sensors -> requireFew(subscriber, sensors, fromMillis))
                        .invoke(sensors -> {
                            EventId id = EventId.of(subscriber.subscription(), cutover.next(), null)
                                    .withCatchingUp(true)
                                    .withReplay(ReplayPosition.from(fromMillis));
                            String text = id.text(subscriber.subscription().fingerprint());
                            if (text == null || isTooLongLater(id, subscriber.subscription(), sensors)) {
                                throw LiveResource.tooManyPartitions();
                            }
                            subscriber.begin(LiveEvent.idLine(text), false);
                            run(subscriber, permit, give(subscriber, id, cutover, sensors));
                        }))
                .onFailure()
                .invoke(permit::release)
                .replaceWithVoid();
    }

    /** Goes on in the middle of history, for a subscriber who knows where it begins. */
    void resume(Subscriber subscriber, EventId id) {
        AsyncLimiter.Permit permit = limiter.permit(1);
        run(
                subscriber,
                permit,
                permit.acquire()
                        .chain(() -> prepared(subscriber.subscription(), id))
                        .chain(prepared -> prepared.id().replay() == null
                                ? Uni.createFrom().item(prepared.id())
                                : give(subscriber, prepared.id(), prepared.cutover(), prepared.sensors())));
    }

    /** All that it takes to go on. */
    private record Prepared(EventId id, ReplayCutover cutover, List<Sensor> sensors) {}

    private Uni<Prepared> prepared(Subscription subscription, EventId id) {
        Uni<Prepared> prepared = cutover(subscription, id).chain(cutover -> sensors(subscription, MAX_RESUMED_SENSORS + 1)
                .chain(sensors -> decided(id, sensors).map(begun -> new Prepared(begun, cutover, sensors))));
        ReplayPosition replay = id.replay();
        return replay != null && replay.fromMillis() == ReplayPosition.UNDECIDED
                // There was a gap before, which says that readings are missing.
                ? prepared.onFailure(StoreUnavailableException.class)
                        .recoverWithItem(() -> new Prepared(
                                id.withReplay(null), new ReplayCutover(new Positions(), null, Map.of()), List.of()))
                : prepared;
    }

    private static boolean isTooLongLater(EventId id, Subscription subscription, List<Sensor> sensors) {
        return sensors.stream()
                .map(Sensor::id)
                .max(Comparator.comparingInt(any -> any.value().length()))
                .map(longest -> id.withReplay(ReplayPosition.from(0).after(longest, 0)).text(subscription.fingerprint()) == null)
                .orElse(false);
    }

    private static RuntimeException late() {
        return Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "the replay waited %s for its turn, as long as it may".formatted(LONGEST_WAIT))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    /** @param history gives where Kafka goes on when it is over */
    private void run(Subscriber subscriber, AsyncLimiter.Permit permit, Uni<EventId> history) {
        Cancellable running = history.onTermination()
                .invoke(permit::release)
                .subscribe()
                .with(id -> catchUpScheduler.begin(subscriber, id), failure -> {
                    if (failure instanceof StoredReplay.TooSlowException
                            || failure instanceof TooManyPartitionsException) {
                        log.debugf("A replay ends: %s", failure);
                    } else if (failure instanceof StoreUnavailableException) {
                        UNAVAILABLE.say("A replay ends, to be resumed by its client: " + failure.getMessage());
                    } else {
                        UNFORESEEN.say("A replay failed, by a fault of its own", failure);
                    }
                    hub.dismiss(subscriber);
                });
        subscriber.onLeave(running::cancel);
    }

    private Uni<EventId> give(Subscriber subscriber, EventId id, ReplayCutover cutover, List<Sensor> sensors) {
        return new StoredReplay(subscriber, id, cutover, source, hub).give(sensors).replaceWith(id.withReplay(null));
    }

    /** From where on Kafka is to give the readings of a subscription: behind what ingest noted as durable. */
    private Uni<ReplayCutover> cutover(Subscription subscription) {
        return now(subscription).chain(here -> reached(here)
                .chain(reached -> starts(here, reached).map(starts -> {
                    Positions next = here.copy(any -> true);
                    here.topics().forEach(topic -> {
                        String name = topic.topic().name();
                        long[] offsets = Tail.offsets(topic.topic(), 0, starts);
                        Objects.requireNonNull(reached.get(name)).partitions().forEach((partition, step) -> {
                            if (partition < offsets.length) {
                                offsets[partition] = step.nextOffset();
                            }
                        });
                        next.put(topic.topic(), offsets);
                    });
                    return new ReplayCutover(next, null, epochs(reached));
                })));
    }

    /** The cutover that an id says. Of what it does not name, all is Kafka's. */
    private Uni<ReplayCutover> cutover(Subscription subscription, EventId id) {
        boolean isPart = id.topics().stream().anyMatch(topic -> !topic.seen().isEmpty());
        return now(subscription).chain(here -> reached(here).map(reached -> {
            Positions next = new Positions();
            Positions seen = new Positions();
            here.topics().forEach(topic -> {
                Optional<EventId.TopicOffsets> named = id.topics().stream()
                        .filter(one -> one.topicIdHash() == topic.topic().idHash())
                        .findFirst();
                next.put(
                        topic.topic(),
                        padded(topic, named.map(EventId.TopicOffsets::next).orElse(List.of())));
                seen.put(
                        topic.topic(),
                        padded(topic, named.map(EventId.TopicOffsets::seen).orElse(List.of())));
            });
            return new ReplayCutover(next, isPart ? seen : null, epochs(reached));
        }));
    }

    /** The topics of a subscription as they are in Kafka: the tail may not have seen the newest yet. */
    private Uni<Positions> now(Subscription subscription) {
        return topics.find().map(found -> {
            Positions here = new Positions();
            here.setRecordTimeMillis(tail.positions(subscription).recordTimeMillis());
            found.values().stream()
                    .filter(topic -> subscription.includes(topic.type()))
                    .forEach(topic -> here.put(topic, new long[topic.partitions()]));
            return here;
        });
    }

    private static long[] padded(Positions.TopicPosition topic, List<Long> offsets) {
        long[] padded = new long[topic.partitions()];
        for (int partition = 0; partition < Math.min(padded.length, offsets.size()); partition++) {
            padded[partition] = offsets.get(partition);
        }
        return padded;
    }

    private Uni<Map<String, TopicProgress>> reached(Positions here) {
        return Multi.createFrom()
                .iterable(List.copyOf(here.topics()))
                .onItem()
                .transformToUni(topic -> source.progress(
                                topic.topic().name(), topic.topic().id().toString())
                        .map(reached -> Map.entry(topic.topic().name(), reached)))
                .merge(LOOK_UPS_AT_ONCE)
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private Uni<Map<TopicPartition, Long>> starts(Positions here, Map<String, TopicProgress> reached) {
        Set<TopicPartition> unknown = new HashSet<>();
        here.topics().forEach(topic -> {
            TopicProgress noted =
                    Objects.requireNonNull(reached.get(topic.topic().name()));
            for (int partition = 0; partition < topic.partitions(); partition++) {
                if (!noted.partitions().containsKey(partition)) {
                    unknown.add(new TopicPartition(topic.topic().name(), partition));
                }
            }
        });
        return unknown.isEmpty() ? Uni.createFrom().item(Map.of()) : topics.startOffsets(unknown);
    }

    private static Map<String, Integer> epochs(Map<String, TopicProgress> reached) {
        Map<String, Integer> epochs = new HashMap<>();
        reached.forEach((topic, of) -> epochs.put(topic, of.epoch()));
        return epochs;
    }

    /** The sensors of a subscription that are known, in the order of their ids. */
    private Uni<List<Sensor>> sensors(Subscription subscription, int max) {
        SubscriptionFilter filter = subscription.filter();
        Multi<Sensor> found = filter.sensorIds().isEmpty()
                ? source.sensors(filter.type(), filter.site(), Math.min(max, MAX_SENSORS))
                : Multi.createFrom()
                        .iterable(filter.sensorIds())
                        .onItem()
                        .transformToUni(source::sensor)
                        .merge(LOOK_UPS_AT_ONCE)
                        .filter(Optional::isPresent)
                        .map(Optional::get)
                        .filter(sensor -> filter.matches(
                                sensor.id(), sensor.type(), sensor.description().site()));
        return found.select().first(max).collect().asList().map(sensors -> sensors.stream()
                .sorted(Comparator.comparing(Sensor::id))
                .toList());
    }

    private Uni<Void> requireFew(Subscriber subscriber, List<Sensor> sensors, long fromMillis) {
        if (sensors.size() > MAX_SENSORS) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "parameter since is given for more than %d sensors; expected at most as many, by sensor, type or site"
                                    .formatted(MAX_SENSORS))
                    .exception();
        }
        if (subscriber.mode() == Mode.LATEST) {
            return Uni.createFrom().voidItem();
        }
        return isMore(sensors, fromMillis)
                .invoke(isMore -> {
                    if (isMore) {
                        throw Problem.of(
                                        ProblemCode.BAD_PARAMETER,
                                        "parameter since leaves more than %d readings to be replayed; expected at most telltale.live.replayed-readings=%d: a later time, or fewer sensors"
                                                .formatted(maxReadings, maxReadings))
                                .exception();
                    }
                })
                .replaceWithVoid();
    }

    /** Whether sensors have more stored readings from an instant on than are replayed. Reads them, and no more than that. */
    private Uni<Boolean> isMore(List<Sensor> sensors, long fromMillis) {
        return Multi.createFrom()
                .iterable(sensors)
                .onItem()
                .transformToMulti(
                        sensor -> source.range(sensor, fromMillis, StoredReplay.END_MILLIS, Order.ASC, maxReadings + 1L)
                                .map(page -> (long) page.size()))
                .merge(COUNTED_AT_ONCE)
                .onItem()
                .scan(() -> 0L, Long::sum)
                .filter(sum -> sum > maxReadings)
                .toUni()
                .map(more -> more != null);
    }

    /**
     * Decides from which event time on history fills in for what Kafka has removed: all of it, unless that is more than is
     * replayed. Not at all where the sensors are too many: there was a gap before, which says so.
     */
    private Uni<EventId> decided(EventId id, List<Sensor> sensors) {
        if (sensors.size() > MAX_RESUMED_SENSORS) {
            return Uni.createFrom().item(id.withReplay(null));
        }
        ReplayPosition replay = id.replay();
        if (replay == null || replay.fromMillis() != ReplayPosition.UNDECIDED) {
            return Uni.createFrom().item(id);
        }
        if (sensors.size() > MAX_SENSORS) {
            return Uni.createFrom().item(id.withReplay(null));
        }
        return isMore(sensors, Reading.MIN_TIMESTAMP_MILLIS)
                .map(isMore -> isMore
                        ? id.recordTimeSeconds() * 1_000 - FILLED_LATENESS.toMillis()
                        : Reading.MIN_TIMESTAMP_MILLIS)
                .map(fromMillis -> id.withReplay(ReplayPosition.from(fromMillis)));
    }
}
