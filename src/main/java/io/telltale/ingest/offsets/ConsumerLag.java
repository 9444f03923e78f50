package io.telltale.ingest.offsets;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.telltale.kafka.TopicLabels;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The metric of the records per topic that are not durable yet. */
@Singleton
class ConsumerLag {

    private final MeterRegistry registry;
    private final TopicLabels topics;
    private final Map<String, AtomicLong> lag = new ConcurrentHashMap<>();

    @Inject
    ConsumerLag(MeterRegistry registry, TopicLabels topics) {
        this.registry = registry;
        this.topics = topics;
    }

    /** Sets the lag per topic; a topic without an entry has no partition assigned here, so its lag is 0. */
    void set(Map<String, Long> recordsByTopic) {
        Map<String, Long> recordsByLabel = new HashMap<>();
        recordsByTopic.forEach((topic, records) -> recordsByLabel.merge(topics.of(topic), records, Long::sum));
        lag.forEach((label, gauge) -> {
            if (!recordsByLabel.containsKey(label)) {
                gauge.set(0);
            }
        });
        recordsByLabel.forEach(
                (label, records) -> lag.computeIfAbsent(label, this::register).set(records));
    }

    private AtomicLong register(String label) {
        AtomicLong gauge = new AtomicLong();
        Gauge.builder("telltale.consumer.lag", gauge, AtomicLong::get)
                .description("Records in the partitions of this replica that are not durable yet")
                .tag("topic", label)
                .register(registry);
        return gauge;
    }
}
