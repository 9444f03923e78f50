package io.telltale.ingest.offsets;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * A durable offset with its topic incarnation. Equality includes the tracker: after a seek back, an equal offset has to
 * be committed again.
 */
record CommittableOffset(OffsetTracker tracker, DurableOffset durable, TopicIncarnation topic) {

    /** With the topic id as metadata, so that the next owner knows whether the offset belongs to the topic it finds. */
    OffsetAndMetadata toCommit() {
        return new OffsetAndMetadata(durable.nextOffset(), topic.id());
    }
}
