package io.telltale.kafka;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DroppedField;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The metric of invalid units and sites that accepted readings were stored without. */
@Singleton
public class DroppedFields {

    private final MeterRegistry registry;
    private final TopicLabels topics;

    @Inject
    public DroppedFields(MeterRegistry registry, TopicLabels topics) {
        this.registry = registry;
        this.topics = topics;
    }

    /** Counts the dropped fields of a reading. */
    public void count(SensorType type, Accepted accepted) {
        if (accepted.dropped().isEmpty()) {
            return; // Almost always: no iterator for each reading.
        }
        for (DroppedField field : accepted.dropped()) {
            Counter.builder("telltale.fields.dropped")
                    .description("Invalid units and sites that were dropped; their readings are stored")
                    .tag("topic", topics.of(type.topic()))
                    .tag("reason", field.reason().code())
                    .register(registry)
                    .increment();
        }
    }
}
