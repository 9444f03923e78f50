package io.telltale.letters;

import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import io.telltale.letters.LetterRanges.Range;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The topic that ingest sends dead letters to. */
@Singleton
class LetterTopic {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final TopicAdmin admin;
    private final String name;

    @Inject
    LetterTopic(TopicAdmin admin, @ConfigProperty(name = "mp.messaging.outgoing.dead-letters.topic") String name) {
        this.admin = admin;
        this.name = name;
    }

    /**
     * The offsets of the letters since an instant; none if the topic does not exist.
     *
     * @return fails if Kafka does not answer within 5 s
     */
    Uni<LetterRanges> ranges(OptionalLong sinceMillis) {
        return admin.describe(List.of(name))
                .chain(found -> {
                    Topic topic = found.get(name);
                    return topic == null ? Uni.createFrom().item(LetterRanges.NONE) : ranges(topic, sinceMillis);
                })
                // Deleted meanwhile.
                .onFailure(UnknownTopicOrPartitionException.class)
                .recoverWithItem(LetterRanges.NONE)
                .ifNoItem()
                .after(TIMEOUT)
                .failWith(() -> new TimeoutException("Kafka did not answer within %s".formatted(TIMEOUT)));
    }

    private Uni<LetterRanges> ranges(Topic topic, OptionalLong sinceMillis) {
        List<TopicPartition> partitions = topic.topicPartitions();
        return admin.startOffsets(partitions).chain(starts -> admin.endOffsets(
                        partitions, IsolationLevel.READ_COMMITTED)
                .chain(ends -> firstSince(partitions, sinceMillis).map(firsts -> ranges(topic, starts, ends, firsts))));
    }

    /** Skips what is certainly older. Kafka reserves the negative times, and no record has one. */
    private Uni<Map<TopicPartition, Long>> firstSince(List<TopicPartition> partitions, OptionalLong sinceMillis) {
        return sinceMillis.orElse(0) <= 0
                ? Uni.createFrom().item(Map.of())
                : admin.offsetsSince(partitions, sinceMillis.getAsLong());
    }

    private static LetterRanges ranges(
            Topic topic,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> firsts) {
        Map<TopicPartition, Range> byPartition = new HashMap<>();
        for (TopicPartition partition : topic.topicPartitions()) {
            long end = ends.getOrDefault(partition, 0L);
            long first = firsts.getOrDefault(partition, 0L);
            long from = first < 0 ? end : Math.max(first, starts.getOrDefault(partition, 0L));
            byPartition.put(partition, new Range(from, end));
        }
        return new LetterRanges(topic.idHash(), byPartition);
    }
}
