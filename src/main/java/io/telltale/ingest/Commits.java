package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.DurablePrefix.End;
import io.telltale.ingest.KafkaTopics.IngestTopic;
import io.telltale.store.IngestProgress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Tells Kafka what is durable, and the store how far ingest has come. Both only ever learn of what is durable already,
 * so a commit that fails costs nothing but repeats.
 */
@Singleton
class Commits {

    private static final Logger log = Logger.getLogger(Commits.class);

    private static final String COMMITTING = "committing what is durable";

    private final KafkaClientService clients;
    private final Assignment assignment;
    private final KafkaTopics topics;
    private final IngestProgress progress;
    private final IngestMetrics metrics;
    private final IngestPulse pulse;
    private volatile Map<TopicPartition, End> committed = Map.of();
    private volatile boolean isCommitting;

    @Inject
    Commits(
            KafkaClientService clients,
            @Identifier(Assignment.NAME) Assignment assignment,
            KafkaTopics topics,
            IngestProgress progress,
            IngestMetrics metrics,
            IngestPulse pulse) {
        this.clients = clients;
        this.assignment = assignment;
        this.topics = topics;
        this.progress = progress;
        this.metrics = metrics;
        this.pulse = pulse;
    }

    /** Commits what is durable since the last time. To be called now and then, always on the same event loop. */
    void commit() {
        commitDurable().subscribe().with(done -> {}, failure -> log.debugf("The lag is not known: %s", failure));
    }

    /** Completes when what is durable now is committed, or could not be; at once if a commit is under way. */
    Uni<Void> commitDurable() {
        KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(Ingest.CHANNEL);
        if (consumer == null || isCommitting) {
            return Uni.createFrom().voidItem();
        }
        Map<TopicPartition, End> ends = assignment.beyond(committed);
        isCommitting = true;
        return commit(consumer, ends)
                .invoke(() -> pulse.recovered(COMMITTING))
                .onFailure()
                .invoke(failure -> pulse.failed(COMMITTING, failure))
                .onFailure()
                .recoverWithNull()
                .chain(() -> consumer.runOnPollingThread(this::measureLag))
                .onTermination()
                .invoke(() -> isCommitting = false);
    }

    private Uni<Void> commit(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, End> ends) {
        if (ends.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        ends.forEach((partition, end) -> offsets.put(partition, new OffsetAndMetadata(end.nextOffset())));
        // Progress first: were the offset committed and this replica to die, nobody would note it until more records
        // come. What either of the two did not take is told to both again.
        return Multi.createFrom()
                .iterable(ends.entrySet())
                .onItem()
                .transformToUniAndMerge(entry -> advance(entry.getKey(), entry.getValue()))
                .collect()
                .last()
                .chain(() -> consumer.commitAsync(offsets))
                .invoke(() -> {
                    Map<TopicPartition, End> all = new HashMap<>(committed);
                    all.putAll(ends);
                    committed = Map.copyOf(all);
                })
                .replaceWithVoid();
    }

    private Uni<Void> advance(TopicPartition partition, End end) {
        IngestTopic topic = topics.known(partition.topic());
        return topic == null
                ? Uni.createFrom().voidItem()
                : progress.advance(
                        partition.topic(),
                        partition.partition(),
                        topic.epoch(),
                        end.nextOffset(),
                        end.recordTimeMillis());
    }

    private void measureLag(Consumer<byte[], byte[]> consumer) {
        Map<String, Long> lag = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            OptionalLong behind = consumer.currentLag(partition);
            DurablePrefix prefix = assignment.prefix(partition);
            if (behind.isPresent() && prefix != null) {
                long position = consumer.position(partition);
                long durable =
                        prefix.end().nextOffset() < 0 ? position : prefix.end().nextOffset();
                lag.merge(partition.topic(), position + behind.getAsLong() - durable, Long::sum);
            }
        }
        metrics.lag(lag);
    }
}
