package io.telltale.ingest.offsets;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Kafka's mock consumer, with a record of all commits, and with requests that fail on demand. */
final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {

    private final List<Map<TopicPartition, OffsetAndMetadata>> commits = new ArrayList<>();
    private @Nullable KafkaException commitFailure;
    private @Nullable KafkaException fetchFailure;
    private @Nullable Runnable beforePosition;

    ScriptedConsumer() {
        super("earliest");
    }

    /** What the service has committed, in order, without what {@link #commitByHand} has. */
    List<Map<TopicPartition, OffsetAndMetadata>> commits() {
        return commits;
    }

    /** Commits as somebody else does: an earlier owner of the partition, or an administrator. */
    void commitByHand(TopicPartition partition, long offset, String metadata) {
        super.commitAsync(Map.of(partition, new OffsetAndMetadata(offset, metadata)), null);
    }

    /** From now on Kafka refuses commits; null: accepts them again. */
    void failCommits(@Nullable KafkaException failure) {
        commitFailure = failure;
    }

    /** From now on Kafka does not say what is committed; null: says it again. */
    void failCommitted(@Nullable KafkaException failure) {
        fetchFailure = failure;
    }

    /** Runs once, when the position is asked for next: something that happens on another thread meanwhile. */
    void onNextPosition(Runnable meanwhile) {
        beforePosition = meanwhile;
    }

    @Override
    public synchronized long position(TopicPartition partition, Duration timeout) {
        Runnable meanwhile = beforePosition;
        beforePosition = null;
        if (meanwhile != null) {
            meanwhile.run();
        }
        return super.position(partition, timeout);
    }

    @Override
    public synchronized void commitAsync(
            Map<TopicPartition, OffsetAndMetadata> offsets, @Nullable OffsetCommitCallback callback) {
        KafkaException failure = commitFailure;
        if (failure == null) {
            commits.add(Map.copyOf(offsets));
            super.commitAsync(offsets, callback);
        } else if (callback != null) {
            callback.onComplete(offsets, failure);
        }
    }

    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        if (commitFailure != null) {
            throw commitFailure;
        }
        commitAsync(offsets, null);
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
            Set<TopicPartition> partitions, Duration timeout) {
        if (fetchFailure != null) {
            throw fetchFailure;
        }
        return super.committed(partitions, timeout);
    }
}
