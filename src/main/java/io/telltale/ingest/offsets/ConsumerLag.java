package io.telltale.ingest.offsets;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The metric of the records per topic that are not durable yet. */
@Singleton
class ConsumerLag {

    private final MeterRegistry registry;
    private final Map<String, AtomicLong> lag = new ConcurrentHashMap<>();

    @Inject
    ConsumerLag(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Sets the lag per topic; a topic without an entry has no partition assigned here, so its lag is 0. */
    void set(Map<String, Long> recordsByTopic) {
        lag.forEach((topic, gauge) -> {
            if (!recordsByTopic.containsKey(topic)) {
                gauge.set(0);
            }
        });
        recordsByTopic.forEach(
                (topic, records) -> lag.computeIfAbsent(topic, this::register).set(records));
    }

    private AtomicLong register(String topic) {
        AtomicLong gauge = new AtomicLong();
        Gauge.builder("telltale.consumer.lag", gauge, AtomicLong::get)
                .description("Records in the partitions of this replica that are not durable yet")
                .tag("topic", topic)
                .register(registry);
        return gauge;
    }
}
