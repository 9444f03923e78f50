package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.live.ReplaySource.Incarnation;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds the topics that were created behind an event id. Of one that was deleted again, nothing is left in Kafka. The
 * store has the time at which each topic got its epoch, and the id has the time at which its topics were listed.
 */
@Singleton
class CreatedTopics {

    private static final Logger log = Logger.getLogger(CreatedTopics.class);

    /** More than the clocks of the replicas and of Cassandra's nodes differ. */
    static final Duration CLOCK_SKEW = Duration.ofSeconds(10);

    /** Short, because every resumed stream would wait for it while Cassandra is unavailable. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /**
     * Catch-ups take turns. If a round of all of them takes longer than the tail needs to list the topics again, a
     * catch-up that searched each time would never go live.
     */
    private static final int MAX_SEARCHES = 3;

    private static final int CONCURRENT_LOOKUPS = 8;
    private static final int FIRST_EPOCH = 1;

    private final ReplaySource source;
    private final TailPosition tail;
    private final Clock clock;

    // Guarded by this.
    private @Nullable Request last;

    /** A request for the newest topic of each name. All catch-ups between two discoveries of the tail share it. */
    private record Request(long startedAtMillis, Uni<Map<String, Incarnation>> newest) {}

    /**
     * What may have been created behind an id.
     *
     * @param id also names the first topic of each name that was certainly created behind it
     * @param uncertain the hashes of earlier topics of these names. They were created at about the time of the id: if
     *     one is deleted, it is unknown whether its readings were delivered
     * @param searches how often was searched behind the id at which the catch-up began
     */
    record TopicSearch(EventId id, Set<Integer> uncertain, int searches) {
        TopicSearch {
            uncertain = Set.copyOf(uncertain);
        }

        /** An id before the first search. */
        static TopicSearch of(EventId id) {
            return new TopicSearch(id, Set.of(), 0);
        }

        boolean isFirstDue() {
            return searches == 0;
        }

        /** Whether to search again, because the tail has listed the topics since. */
        boolean mayRepeat() {
            return searches < MAX_SEARCHES;
        }
    }

    @Inject
    CreatedTopics(ReplaySource source, TailPosition tail, Clock clock) {
        this.source = source;
        this.tail = tail;
        this.clock = clock;
    }

    /**
     * Finds the topics of a subscription that were created behind an id, of names of which the id names no topic. The
     * resulting id has the time of the request. Without an answer there are none: live streams work without Cassandra.
     *
     * @param before deleted topics that its id names count as delivered, and those of their names before them
     */
    Uni<TopicSearch> find(Subscription subscription, TopicSearch before) {
        EventId id = before.id();
        int searches = before.searches() + 1;
        if (id.topicsKnownAtMillis() == 0) {
            return Uni.createFrom().item(new TopicSearch(id, Set.of(), searches));
        }
        Request request = request();
        return request.newest()
                .onItem()
                .transformToMulti(newest -> Multi.createFrom().iterable(newest.entrySet()))
                .filter(newest -> isBehind(id, newest.getValue()) && isIncluded(newest.getKey(), subscription))
                .onItem()
                .transformToUni(newest -> incarnations(newest.getKey(), newest.getValue()))
                .merge(CONCURRENT_LOOKUPS)
                .collect()
                .asList()
                .ifNoItem()
                .after(TIMEOUT)
                .fail()
                .map(names -> found(id, names, request.startedAtMillis(), searches))
                .onFailure()
                .invoke(failure ->
                        log.debugf("Topics that were created and deleted meanwhile are unknown: %s", failure))
                .onFailure()
                .recoverWithItem(() -> new TopicSearch(id.withTopicsKnownAt(clock.millis()), Set.of(), searches));
    }

    private synchronized Request request() {
        Request request = last;
        if (request == null || request.startedAtMillis() <= tail.update(Positions::topicsKnownAtMillis)) {
            request = new Request(
                    clock.millis(),
                    source.newestIncarnations()
                            .onFailure()
                            .invoke(this::forgetRequest)
                            .memoize()
                            .indefinitely());
            last = request;
        }
        return request;
    }

    private synchronized void forgetRequest() {
        last = null;
    }

    private static boolean isIncluded(String name, Subscription subscription) {
        return SensorType.isTopic(name) && subscription.includes(SensorType.ofTopic(name));
    }

    private Uni<List<Incarnation>> incarnations(String name, Incarnation newest) {
        return newest.epoch() == FIRST_EPOCH ? Uni.createFrom().item(List.of(newest)) : source.incarnations(name);
    }

    private static TopicSearch found(EventId id, List<List<Incarnation>> names, long requestedAtMillis, int searches) {
        List<TopicOffsets> certain = new ArrayList<>();
        Set<Integer> uncertain = new HashSet<>();
        for (List<Incarnation> name : names) {
            for (Incarnation behind : behind(id, name)) {
                if (isCertain(id, behind)) {
                    // History supplies this and all later ones of the name.
                    certain.add(TopicOffsets.startOf(behind.idHash()));
                    break;
                }
                uncertain.add(behind.idHash());
            }
        }
        return new TopicSearch(id.withTopics(certain).withTopicsKnownAt(requestedAtMillis), uncertain, searches);
    }

    /** The topics of a name that may be behind an id, oldest first. Without an epoch no reading of one is stored. */
    private static List<Incarnation> behind(EventId id, List<Incarnation> name) {
        Set<Integer> named = hashes(id.topics());
        if (name.stream().map(Incarnation::idHash).anyMatch(named::contains)) {
            // What was created behind it is found without the time.
            return List.of();
        }
        Set<Integer> deleted = hashes(id.deleted());
        int delivered = name.stream()
                .filter(topic -> deleted.contains(topic.idHash()))
                .mapToInt(Incarnation::epoch)
                .max()
                .orElse(0);
        return name.stream()
                .filter(topic -> topic.epoch() > delivered && isBehind(id, topic))
                .sorted(Comparator.comparingInt(Incarnation::epoch))
                .toList();
    }

    private static boolean isBehind(EventId id, Incarnation topic) {
        return topic.assignedAtMillis() >= id.topicsKnownAtMillis() - CLOCK_SKEW.toMillis();
    }

    private static boolean isCertain(EventId id, Incarnation topic) {
        return topic.assignedAtMillis() > id.topicsKnownAtMillis() + CLOCK_SKEW.toMillis();
    }

    private static Set<Integer> hashes(List<TopicOffsets> topics) {
        return topics.stream().map(TopicOffsets::topicIdHash).collect(Collectors.toSet());
    }
}
