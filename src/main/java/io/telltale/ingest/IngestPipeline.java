package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.ingest.OffsetTracker.Slice;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * Makes each record of the sensor topics durable in Cassandra, or a dead letter.
 *
 * <p>Delivery is at least once: an offset is committed only when everything before it in its partition is durable or a
 * dead letter, and processing a record twice changes nothing. Backpressure bounds what is held: the next poll is
 * accepted when this one is held within the limits, so a backlog waits in Kafka.
 */
@ApplicationScoped
public class IngestPipeline {

    /** The Reactive Messaging channel that delivers the polls. */
    static final String CHANNEL = "sensors";

    private final StartOffsets startOffsets;
    private final PartitionAssignment partitionAssignment;
    private final PollDecoder decoder;
    private final SensorRegistration registration;
    private final ReadingFilter filter;
    private final Accumulator accumulator;
    private final DeadLetterLane deadLetters;
    private final IngestLifecycle lifecycle;
    private final IngestLoop loop;
    private final OutageRetry retry;

    @Inject
    IngestPipeline(
            StartOffsets startOffsets,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment partitionAssignment,
            PollDecoder decoder,
            SensorRegistration registration,
            ReadingFilter filter,
            Accumulator accumulator,
            DeadLetterLane deadLetters,
            IngestLifecycle lifecycle,
            IngestLoop loop,
            OutageRetry retry) {
        this.startOffsets = startOffsets;
        this.partitionAssignment = partitionAssignment;
        this.decoder = decoder;
        this.registration = registration;
        this.filter = filter;
        this.accumulator = accumulator;
        this.deadLetters = deadLetters;
        this.lifecycle = lifecycle;
        this.loop = loop;
        this.retry = retry;
    }

    /**
     * The path of a poll, from its records to their committed offsets. The returned {@code Uni} completes when Kafka may
     * be polled again; acknowledgments follow later, in any order.
     */
    @Incoming(CHANNEL)
    Uni<Void> ingest(ConsumerRecords<byte[], byte[]> delivered) {
        if (lifecycle.isDraining()) {
            return Uni.createFrom().nothing(); // uncommitted, so it is read again after the restart
        }
        ConsumerRecords<byte[], byte[]> poll = PartitionBatch.unbundled(delivered);
        Map<TopicPartition, OffsetTracker> trackers = startOffsets.prefixes(poll);
        return lifecycle.process(poll.count(), () -> Multi.createFrom()
                .iterable(BatchSplitter.of(poll))
                .plug(Concatenation.unis(batch -> resolveTopics(trackers)
                        .emitOn(loop)
                        .map(topics -> decoder.decode(batch, topics, trackers)) // opens a slice per partition
                        .chain(registration::register) // new and changed sensors
                        .chain(filter::filter) // retention, deletions, layouts
                        .emitOn(loop)
                        .invoke(decisions -> decisions.route(
                                accumulator::add, // acknowledges the slice when Cassandra has the reading
                                Slice::done, // expired or deleted: acknowledged without a write
                                deadLetters::send)) // acknowledges the slice when Kafka has the dead letter
                        // A slice with all its acknowledgments advances the tracker of its partition. IngestLifecycle
                        // commits the trackers' offsets every telltale.ingest.commit-interval: OffsetCommitter.commit
                        .chain(accumulator::awaitCapacity)
                        .chain(deadLetters::awaitCapacity)))
                .onItem()
                .ignoreAsUni());
    }

    /** Asks only for partitions that are still assigned: Kafka never answers for a deleted topic. */
    private Uni<Map<String, TopicIncarnation>> resolveTopics(Map<TopicPartition, OffsetTracker> trackers) {
        return retry.untilSuccess(
                "resolving topics",
                Uni.createFrom()
                        .deferred(() -> startOffsets.settle(trackers.keySet().stream()
                                .filter(partition -> partitionAssignment.isCurrent(partition, trackers.get(partition)))
                                .toList())));
    }
}
