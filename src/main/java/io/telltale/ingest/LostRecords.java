package io.telltale.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/** Records that Kafka removed before they were read. Nothing brings them back; so it is said, once, how many and which. */
@Singleton
class LostRecords {

    private static final Logger log = Logger.getLogger(LostRecords.class);

    private final MeterRegistry registry;

    @Inject
    LostRecords(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Says that the records of a partition in {@code [from, to)} are lost.
     *
     * @param from the first offset that was not read
     * @param to the first offset that is there
     */
    void lost(TopicPartition partition, long from, long to) {
        Counter.builder("telltale.records.lost")
                .description("Offsets that Kafka removed before they were read")
                .tag("topic", partition.topic())
                .register(registry)
                .increment((double) (to - from));
        log.errorf(
                "Lost up to %d records of topic %s, partition %d, from offset %d to %d: Kafka removed them, by retention"
                        + " or by hand, before they were read",
                to - from, partition.topic(), partition.partition(), from, to - 1);
    }
}
