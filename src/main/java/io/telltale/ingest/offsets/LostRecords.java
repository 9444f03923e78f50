package io.telltale.ingest.offsets;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.telltale.kafka.TopicLabels;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/** Reports records that Kafka removed before they were read. Nothing restores them. */
@Singleton
class LostRecords {

    private static final Logger log = Logger.getLogger(LostRecords.class);

    private final MeterRegistry registry;
    private final TopicLabels topics;

    @Inject
    LostRecords(MeterRegistry registry, TopicLabels topics) {
        this.registry = registry;
        this.topics = topics;
    }

    /**
     * Reports the loss of the offsets {@code [from, to)}.
     *
     * @param from the first offset that was not read
     * @param to the first offset that still exists
     */
    void report(TopicPartition partition, long from, long to) {
        Counter.builder("telltale.records.lost")
                .description("Offsets that Kafka removed before they were read")
                .tag("topic", topics.of(partition.topic()))
                .register(registry)
                .increment((double) (to - from));
        log.errorf(
                "Lost up to %d records of topic=%s partition=%d, offsets %d to %d: Kafka removed them before they were"
                        + " read; increase the retention of the topic",
                to - from, partition.topic(), partition.partition(), from, to - 1);
    }
}
