package io.telltale.ingest.offsets;

import io.micrometer.core.instrument.MeterRegistry;
import io.telltale.kafka.TopicLabels;
import org.apache.kafka.common.TopicPartition;

/** Reports lost records, for tests outside this package. */
public final class ReportedLoss {

    private ReportedLoss() {}

    public static void report(MeterRegistry registry, TopicPartition partition, long from, long to) {
        new LostRecords(registry, new TopicLabels()).report(partition, from, to);
    }
}
