package io.telltale.query;

import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import io.telltale.sensors.SensorType;
import io.telltale.store.IngestProgress;
import io.telltale.store.IngestProgress.PartitionProgress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jboss.logging.Logger;

/**
 * How far ingest has come with each topic, whichever replica does it: what it noted, against where the topic ends in
 * Kafka. Asked for before the rows of an answer are read, so that the answer holds at least that much.
 *
 * <p>What was found out serves all reads of the next 5 s; so does that it could not be found out within 1 s, which is
 * all that a read ever waits for it.
 */
@Singleton
class IngestWatermarks {

    private static final Logger log = Logger.getLogger(IngestWatermarks.class);

    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final Duration LONGEST_CHECK = Duration.ofSeconds(1);

    /** Far more topics than there are. Forgetting them costs one check each. */
    private static final int MAX_KNOWN = 10_000;

    private final TopicAdmin admin;
    private final IngestProgress progress;
    private final Clock clock;
    private final Map<String, Check> checks = new ConcurrentHashMap<>();

    /**
     * How far ingest has come with a topic.
     *
     * @param checkedAtMillis when Kafka was asked
     * @param throughMillis every record with a record time before this instant is durable; the time of checking where
     *     nothing lags, never later
     */
    record Reach(long checkedAtMillis, long throughMillis) {
        Reach {
            if (throughMillis > checkedAtMillis) {
                throw new IllegalArgumentException(
                        "reach %d ms is after its check at %d ms".formatted(throughMillis, checkedAtMillis));
            }
        }

        /** Whether all that Kafka had, and that was recorded before an instant, is durable. */
        boolean covers(long untilMillis) {
            return throughMillis >= Math.min(untilMillis, checkedAtMillis);
        }
    }

    /** A check, under way or done, that every read of its topic shares while it is young. */
    private record Check(long askedAtMillis, Uni<Optional<Reach>> answer) {}

    @Inject
    IngestWatermarks(TopicAdmin admin, IngestProgress progress, Clock clock) {
        this.admin = admin;
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * How far ingest has come with the topics of these types, by topic; those of which it is not known are left out.
     *
     * @return completes within 1 s, and never fails
     */
    Uni<Map<String, Reach>> of(Collection<SensorType> types) {
        List<Uni<Map.Entry<String, Optional<Reach>>>> each = types.stream()
                .map(SensorType::topic)
                .distinct()
                .map(topic -> of(topic).map(reach -> Map.entry(topic, reach)))
                .toList();
        return each.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : Uni.join().all(each).andFailFast().map(IngestWatermarks::known);
    }

    private static Map<String, Reach> known(List<Map.Entry<String, Optional<Reach>>> all) {
        Map<String, Reach> known = new HashMap<>();
        all.forEach(one -> one.getValue().ifPresent(reach -> known.put(one.getKey(), reach)));
        return known;
    }

    /** The same for one topic. */
    Uni<Optional<Reach>> of(String topic) {
        long now = clock.millis();
        if (checks.size() >= MAX_KNOWN) {
            checks.clear();
        }
        return checks.compute(topic, (any, last) -> last != null && isYoung(last, now) ? last : begin(topic, now))
                .answer();
    }

    private static boolean isYoung(Check check, long now) {
        return Math.abs(now - check.askedAtMillis) < KEPT.toMillis();
    }

    private Check begin(String topic, long now) {
        return new Check(
                now,
                check(topic, now)
                        .ifNoItem()
                        .after(LONGEST_CHECK)
                        .fail()
                        .onFailure()
                        .invoke(failure -> log.debugf("How far ingest of %s has come is not known: %s", topic, failure))
                        .onFailure()
                        .recoverWithItem(Optional.empty())
                        .memoize()
                        .indefinitely());
    }

    /** Fails if Kafka or Cassandra is unavailable; empty if ingest has noted too little. */
    Uni<Optional<Reach>> check(String name, long now) {
        // The end offsets first: the progress that is read after them can only be further.
        return admin.describe(List.of(name))
                .map(found -> Optional.ofNullable(found.get(name)))
                .chain(found -> found.isEmpty() ? Uni.createFrom().item(nothingLags(now)) : check(found.get(), now))
                .onFailure(UnknownTopicOrPartitionException.class)
                .recoverWithItem(() -> nothingLags(now));
    }

    /** A deleted topic has no records. */
    private static Optional<Reach> nothingLags(long now) {
        return Optional.of(new Reach(now, now));
    }

    private Uni<Optional<Reach>> check(Topic topic, long now) {
        // Open transactions count as lag: their records may become readable, and ingest has not stored them.
        return admin.endOffsets(topic.topicPartitions(), IsolationLevel.READ_UNCOMMITTED)
                .chain(ends -> progress.of(topic.name(), topic.id().toString())
                        .chain(reached -> lagging(ends, reached.partitions()))
                        .map(lagging -> reach(now, lagging)));
    }

    /** Of each partition that holds records which are not durable: the record time before which all of them are. */
    private Uni<List<OptionalLong>> lagging(Map<TopicPartition, Long> ends, Map<Integer, PartitionProgress> steps) {
        List<TopicPartition> behind = ends.entrySet().stream()
                .filter(end -> {
                    PartitionProgress step = steps.get(end.getKey().partition());
                    return end.getValue() > (step == null ? 0 : step.nextOffset());
                })
                .map(Map.Entry::getKey)
                .toList();
        return behind.isEmpty()
                ? Uni.createFrom().item(List.of())
                : admin.startOffsets(behind).map(starts -> starts.entrySet().stream()
                        // What Kafka has removed unread does not lag, it is lost.
                        .filter(start -> start.getValue() < ends.getOrDefault(start.getKey(), 0L))
                        .map(start -> steps.get(start.getKey().partition()))
                        .map(step -> step == null ? OptionalLong.empty() : step.recordTimeMillis())
                        .toList());
    }

    private static Optional<Reach> reach(long now, List<OptionalLong> lagging) {
        if (lagging.stream().anyMatch(OptionalLong::isEmpty)) {
            return Optional.empty();
        }
        // A broker's clock may be ahead of this one.
        long through = lagging.stream().mapToLong(OptionalLong::getAsLong).reduce(now, Math::min);
        return Optional.of(new Reach(now, through));
    }
}
