package io.telltale.ingest;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.ingest.offsets.AssignedPoll;
import io.telltale.ingest.offsets.PartitionOffsets;
import io.telltale.ingest.offsets.Slice;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * Makes each record of the sensor topics durable in Cassandra, or a dead letter. Expired and deleted readings are
 * dropped.
 *
 * <p>Delivery is at least once: an offset is committed only when everything before it in its partition is durable,
 * dropped or a dead letter, and storing a record twice changes nothing. Backpressure bounds the held readings: the next
 * poll is accepted when this one is held within the limits, so a backlog waits in Kafka.
 */
@ApplicationScoped
public class IngestPipeline {

    private final PartitionOffsets offsets;
    private final PollDecoder decoder;
    private final SensorRegistration registration;
    private final ReadingFilter filter;
    private final Accumulator accumulator;
    private final DeadLetterLane deadLetters;
    private final IngestLifecycle lifecycle;
    private final IngestLoop loop;

    @Inject
    IngestPipeline(
            PartitionOffsets offsets,
            PollDecoder decoder,
            SensorRegistration registration,
            ReadingFilter filter,
            Accumulator accumulator,
            DeadLetterLane deadLetters,
            IngestLifecycle lifecycle,
            IngestLoop loop) {
        this.offsets = offsets;
        this.decoder = decoder;
        this.registration = registration;
        this.filter = filter;
        this.accumulator = accumulator;
        this.deadLetters = deadLetters;
        this.lifecycle = lifecycle;
        this.loop = loop;
    }

    /**
     * The path of a poll, from its records to their committed offsets. The returned {@code Uni} completes when Kafka
     * may be polled again; acknowledgments follow later, in any order.
     */
    @Incoming(PartitionOffsets.CHANNEL)
    Uni<Void> ingest(ConsumerRecords<byte[], byte[]> delivered) {
        if (lifecycle.isDraining()) {
            return Uni.createFrom().nothing(); // uncommitted, so it is read again after the restart
        }
        AssignedPoll poll = offsets.accept(delivered);
        return lifecycle.process(poll.records().count(), () -> Multi.createFrom()
                .iterable(BatchSplitter.of(poll.records()))
                .plug(Concatenation.unis(batch -> decoder.decode(poll, batch) // opens a slice per partition
                        .chain(registration::register) // new and changed sensors
                        .chain(filter::filter) // retention, deletions, layouts
                        .emitOn(loop)
                        .invoke(decisions -> decisions.route(
                                accumulator::add, // calls Slice.acknowledge when Cassandra has the reading
                                Slice::acknowledge, // expired or deleted: acknowledged without a write
                                deadLetters::send)) // calls Slice.acknowledge when Kafka has the dead letter
                        // The last acknowledgment of a slice advances the durable offset of its partition.
                        // IngestLifecycle calls PartitionOffsets.commit every telltale.ingest.commit-interval.
                        .chain(accumulator::awaitCapacity)
                        .chain(deadLetters::awaitCapacity)))
                .onItem()
                .ignoreAsUni());
    }
}
