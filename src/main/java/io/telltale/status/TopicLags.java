package io.telltale.status;

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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Determines the lag of every sensor topic over all replicas: it compares the progress that they noted in Cassandra
 * with the end offsets in Kafka. A check costs four requests to Kafka, and one read per topic. It serves all calls of
 * the next 5 s.
 */
@Singleton
class TopicLags {

    private static final Logger log = Logger.getLogger(TopicLags.class);

    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** A partition without a leader delays the others for this long. */
    private static final Duration LEADER_TIMEOUT = Duration.ofMillis(700);

    private static final int CONCURRENT_READS = 16;

    private final TopicAdmin admin;
    private final IngestProgress progress;
    private final Clock clock;

    /** The topics of the last successful check, so that an outage does not make them disappear. */
    private volatile List<String> known = List.of();

    private @Nullable Check latest; // Guarded by this.

    /** A check, in progress or completed. */
    private record Check(long startedAtMillis, Uni<List<TopicLag>> answer) {}

    /** The progress by topic and partition; a topic whose progress could not be read is absent. */
    private record Progressed(Map<String, Map<Integer, PartitionProgress>> byTopic) {}

    @Inject
    TopicLags(TopicAdmin admin, IngestProgress progress, Clock clock) {
        this.admin = admin;
        this.progress = progress;
        this.clock = clock;
    }

    /** The lags of all sensor topics by name. Completes within 2 s, and never fails: what is unknown is empty. */
    Uni<List<TopicLag>> current() {
        long now = clock.millis();
        synchronized (this) {
            Check check = latest;
            if (check == null || Math.abs(now - check.startedAtMillis) >= MAX_AGE.toMillis()) {
                check = new Check(now, start(now));
                latest = check;
            }
            return check.answer;
        }
    }

    private Uni<List<TopicLag>> start(long now) {
        return admin.names()
                .map(TopicLags::sensorTopics)
                .invoke(names -> known = names)
                .chain(names -> admin.describe(names))
                .chain(topics -> lags(topics.values(), now))
                .ifNoItem()
                .after(TIMEOUT)
                .fail()
                .onFailure()
                .invoke(failure -> log.debugf("The lag of the topics is unknown: %s", failure))
                .onFailure()
                .recoverWithItem(() -> known.stream().map(TopicLag::unknown).toList())
                .memoize()
                .indefinitely();
    }

    private static List<String> sensorTopics(Collection<String> names) {
        return names.stream().filter(SensorType::isTopic).sorted().toList();
    }

    /** The end offsets first: the progress that is read after them can only be further. */
    private Uni<List<TopicLag>> lags(Collection<Topic> topics, long now) {
        List<TopicPartition> partitions = topics.stream()
                .flatMap(topic -> topic.topicPartitions().stream())
                .toList();
        return partitions.isEmpty()
                ? Uni.createFrom().item(List.of())
                : admin.availableEndOffsets(partitions, LEADER_TIMEOUT)
                        .chain(ends -> read(topics).chain(progressed -> startsOfBehind(topics, ends, progressed)
                                .map(starts -> lags(topics, now, ends, starts, progressed))));
    }

    private Uni<Progressed> read(Collection<Topic> topics) {
        List<Uni<Map.Entry<String, Optional<Map<Integer, PartitionProgress>>>>> reads = topics.stream()
                .map(topic -> progress.of(topic.name(), topic.id().toString())
                        .map(found -> Optional.of(found.partitions()))
                        .onFailure()
                        .recoverWithItem(Optional.empty())
                        .map(found -> Map.entry(topic.name(), found)))
                .toList();
        return Uni.join()
                .all(reads)
                .usingConcurrencyOf(CONCURRENT_READS)
                .andFailFast()
                .map(all -> {
                    Map<String, Map<Integer, PartitionProgress>> byTopic = new HashMap<>();
                    all.forEach(one -> one.getValue().ifPresent(found -> byTopic.put(one.getKey(), found)));
                    return new Progressed(byTopic);
                });
    }

    private Uni<Map<TopicPartition, Long>> startsOfBehind(
            Collection<Topic> topics, Map<TopicPartition, Long> ends, Progressed progressed) {
        List<TopicPartition> behind = topics.stream()
                .filter(topic -> progressed.byTopic.containsKey(topic.name()))
                .flatMap(topic ->
                        TopicLag.behind(topic, ends, progressed.byTopic.getOrDefault(topic.name(), Map.of())).stream())
                .toList();
        return behind.isEmpty() ? Uni.createFrom().item(Map.of()) : admin.availableStartOffsets(behind, LEADER_TIMEOUT);
    }

    private static List<TopicLag> lags(
            Collection<Topic> topics,
            long now,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> starts,
            Progressed progressed) {
        return topics.stream()
                .sorted(Comparator.comparing(Topic::name))
                .map(topic -> {
                    Map<Integer, PartitionProgress> found = progressed.byTopic.get(topic.name());
                    return found == null
                            ? TopicLag.unknown(topic.name())
                            : TopicLag.of(topic, now, ends, starts, found);
                })
                .toList();
    }
}
