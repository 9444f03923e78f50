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
 * Determines the ingest watermark of each topic: it compares the progress that any replica noted with the end offsets
 * in Kafka. It is determined before the rows of a response are read, so the response contains at least what it states.
 *
 * <p>A read waits for at most 1 s. The result, including a failure, serves all reads of the next 5 s.
 */
@Singleton
class IngestWatermarks {

    private static final Logger log = Logger.getLogger(IngestWatermarks.class);

    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    /** Far more than the topics of any cluster. An evicted one costs one check. */
    private static final int MAX_CHECKS = 10_000;

    private final TopicAdmin admin;
    private final IngestProgress progress;
    private final Clock clock;
    private final Map<String, Check> checks = new ConcurrentHashMap<>();

    /**
     * The watermark of a topic.
     *
     * @param checkedAtMillis the time before the request to Kafka
     * @param throughMillis every record with a record time before this instant is durable; {@code checkedAtMillis} if
     *     nothing lags, never later
     */
    record Watermark(long checkedAtMillis, long throughMillis) {
        Watermark {
            if (throughMillis > checkedAtMillis) {
                throw new IllegalArgumentException(
                        "watermark %d ms is after its check at %d ms".formatted(throughMillis, checkedAtMillis));
            }
        }

        /** Whether every record of the topic that was recorded before an instant is durable. */
        boolean covers(long untilMillis) {
            return throughMillis >= Math.min(untilMillis, checkedAtMillis);
        }
    }

    /** A check, in progress or completed, that the reads of its topic share. */
    private record Check(long startedAtMillis, Uni<Optional<Watermark>> answer) {}

    @Inject
    IngestWatermarks(TopicAdmin admin, IngestProgress progress, Clock clock) {
        this.admin = admin;
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * The watermarks of the topics of these types, by topic; unknown ones are omitted.
     *
     * @return completes within 1 s, and never fails
     */
    Uni<Map<String, Watermark>> of(Collection<SensorType> types) {
        List<Uni<Map.Entry<String, Optional<Watermark>>>> each = types.stream()
                .map(SensorType::topic)
                .distinct()
                .map(topic -> of(topic).map(watermark -> Map.entry(topic, watermark)))
                .toList();
        return each.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : Uni.join().all(each).andFailFast().map(IngestWatermarks::known);
    }

    private static Map<String, Watermark> known(List<Map.Entry<String, Optional<Watermark>>> all) {
        Map<String, Watermark> known = new HashMap<>();
        all.forEach(one -> one.getValue().ifPresent(watermark -> known.put(one.getKey(), watermark)));
        return known;
    }

    /** The watermark of one topic; empty if it is unknown. */
    Uni<Optional<Watermark>> of(String topic) {
        long now = clock.millis();
        if (checks.size() >= MAX_CHECKS) {
            checks.clear();
        }
        return checks.compute(topic, (any, last) -> last != null && isFresh(last, now) ? last : start(topic, now))
                .answer();
    }

    private static boolean isFresh(Check check, long now) {
        return Math.abs(now - check.startedAtMillis) < MAX_AGE.toMillis();
    }

    private Check start(String topic, long now) {
        return new Check(
                now,
                check(topic, now)
                        .ifNoItem()
                        .after(TIMEOUT)
                        .fail()
                        .onFailure()
                        .invoke(failure -> log.debugf("The watermark of topic=%s is unknown: %s", topic, failure))
                        .onFailure()
                        .recoverWithItem(Optional.empty())
                        .memoize()
                        .indefinitely());
    }

    /** Fails if Kafka or Cassandra is unavailable; empty if ingest has noted too little. */
    Uni<Optional<Watermark>> check(String name, long now) {
        // The end offsets first: the progress that is read after them can only be further.
        return admin.describe(List.of(name))
                .map(found -> Optional.ofNullable(found.get(name)))
                .chain(found -> found.isEmpty() ? Uni.createFrom().item(nothingLags(now)) : check(found.get(), now))
                .onFailure(UnknownTopicOrPartitionException.class)
                .recoverWithItem(() -> nothingLags(now));
    }

    /** A deleted topic has no records. */
    private static Optional<Watermark> nothingLags(long now) {
        return Optional.of(new Watermark(now, now));
    }

    private Uni<Optional<Watermark>> check(Topic topic, long now) {
        // Open transactions count as lag: their records may become readable, and ingest has not stored them.
        return admin.endOffsets(topic.topicPartitions(), IsolationLevel.READ_UNCOMMITTED)
                .chain(ends -> progress.of(topic.name(), topic.id().toString())
                        .chain(reached -> lagging(ends, reached.partitions()))
                        .map(lagging -> watermark(now, lagging)));
    }

    /** For each partition with records that are not durable: the record time of its last durable record, if known. */
    private Uni<List<OptionalLong>> lagging(
            Map<TopicPartition, Long> ends, Map<Integer, PartitionProgress> progressed) {
        List<TopicPartition> behind = ends.entrySet().stream()
                .filter(end -> {
                    PartitionProgress durable = progressed.get(end.getKey().partition());
                    return end.getValue() > (durable == null ? 0 : durable.nextOffset());
                })
                .map(Map.Entry::getKey)
                .toList();
        return behind.isEmpty()
                ? Uni.createFrom().item(List.of())
                : admin.startOffsets(behind).map(starts -> starts.entrySet().stream()
                        // Records that Kafka removed unread are lost; they do not lag.
                        .filter(start -> start.getValue() < ends.getOrDefault(start.getKey(), 0L))
                        .map(start -> progressed.get(start.getKey().partition()))
                        .map(durable -> durable == null ? OptionalLong.empty() : durable.recordTimeMillis())
                        .toList());
    }

    private static Optional<Watermark> watermark(long now, List<OptionalLong> lagging) {
        if (lagging.stream().anyMatch(OptionalLong::isEmpty)) {
            return Optional.empty();
        }
        // A broker's clock may be ahead of ours.
        long through = lagging.stream().mapToLong(OptionalLong::getAsLong).reduce(now, Math::min);
        return Optional.of(new Watermark(now, through));
    }
}
