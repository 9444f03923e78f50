package io.telltale.ingest.offsets;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.smallrye.reactive.messaging.kafka.KafkaProducer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * The messaging layer with one consumer. Tasks for the polling thread run on the caller's thread. A test can hold them
 * back, to make something happen before the next one.
 */
final class FakeKafkaConsumer implements KafkaConsumer<byte[], byte[]>, KafkaClientService {

    private final Consumer<byte[], byte[]> consumer;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private boolean isHeld;
    private boolean isCreated = true;

    FakeKafkaConsumer(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** As early during startup, when there is no consumer yet. */
    void setCreated(boolean created) {
        isCreated = created;
    }

    /** From now on tasks wait for {@link #runNext} or {@link #release}. */
    void hold() {
        isHeld = true;
    }

    void runNext() {
        tasks.remove().run();
    }

    /** Runs the tasks that wait, and from now on each at once. */
    void release() {
        isHeld = false;
        while (!tasks.isEmpty()) {
            runNext();
        }
    }

    @Override
    public <R> Uni<R> runOnPollingThread(Function<Consumer<byte[], byte[]>, R> action) {
        return Uni.createFrom()
                .emitter(emitter -> execute(() -> {
                    R result;
                    try {
                        result = action.apply(consumer);
                    } catch (RuntimeException e) {
                        emitter.fail(e);
                        return;
                    }
                    emitter.complete(result);
                }));
    }

    @Override
    public Uni<Void> runOnPollingThread(java.util.function.Consumer<Consumer<byte[], byte[]>> action) {
        return runOnPollingThread((Consumer<byte[], byte[]> polling) -> {
                    action.accept(polling);
                    return true;
                })
                .replaceWithVoid();
    }

    /** The offset logic must not make this call: the test fails with it. */
    private static AssertionError unexpected() {
        return new AssertionError("a call that the offset logic must not make");
    }

    private void execute(Runnable task) {
        if (isHeld) {
            tasks.add(task);
        } else {
            task.run();
        }
    }

    @Override
    @SuppressWarnings("unchecked") // The only channel has byte arrays.
    public <K, V> List<KafkaConsumer<K, V>> getConsumers(String channel) {
        return isCreated && channel.equals(PartitionOffsets.CHANNEL) ? List.of((KafkaConsumer<K, V>) this) : List.of();
    }

    @Override
    public <K, V> KafkaProducer<K, V> getProducer(String channel) {
        throw unexpected();
    }

    @Override
    public Set<String> getConsumerChannels() {
        throw unexpected();
    }

    @Override
    public Set<String> getProducerChannels() {
        throw unexpected();
    }

    @Override
    public Map<String, ?> configuration() {
        throw unexpected();
    }

    @Override
    public Uni<Set<TopicPartition>> pause() {
        throw unexpected();
    }

    @Override
    public Uni<Set<TopicPartition>> paused() {
        throw unexpected();
    }

    @Override
    public Uni<Map<TopicPartition, OffsetAndMetadata>> committed(TopicPartition... partitions) {
        throw unexpected();
    }

    @Override
    public Uni<Void> resume() {
        throw unexpected();
    }

    @Override
    public Consumer<byte[], byte[]> unwrap() {
        throw unexpected();
    }

    @Override
    public Uni<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        throw unexpected();
    }

    @Override
    public Uni<Void> commitAsync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        throw unexpected();
    }

    @Override
    public Uni<Map<TopicPartition, Long>> getPositions() {
        throw unexpected();
    }

    @Override
    public Uni<Set<TopicPartition>> getAssignments() {
        throw unexpected();
    }

    @Override
    public Uni<Void> seek(TopicPartition partition, long offset) {
        throw unexpected();
    }

    @Override
    public Uni<Void> seek(TopicPartition partition, OffsetAndMetadata offset) {
        throw unexpected();
    }

    @Override
    public Uni<Void> seekToBeginning(Collection<TopicPartition> partitions) {
        throw unexpected();
    }

    @Override
    public Uni<Void> seekToEnd(Collection<TopicPartition> partitions) {
        throw unexpected();
    }

    @Override
    public Uni<ConsumerGroupMetadata> consumerGroupMetadata() {
        throw unexpected();
    }

    @Override
    public Uni<Void> resetToLastCommittedPositions() {
        throw unexpected();
    }

    @Override
    public Uni<Map<String, List<PartitionInfo>>> lisTopics() {
        throw unexpected();
    }

    @Override
    public Uni<Map<String, List<PartitionInfo>>> lisTopics(Duration timeout) {
        throw unexpected();
    }

    @Override
    public Uni<List<PartitionInfo>> partitionsFor(String topic) {
        throw unexpected();
    }
}
