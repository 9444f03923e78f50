package io.telltale.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.telltale.kafka.TopicLabels;
import io.telltale.sensors.SensorType;
import io.telltale.store.RowBatch;
import io.telltale.wire.Rejection;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** The metrics of ingest at {@code /q/metrics}. */
@Singleton
class IngestMetrics {

    /** Caps the delay: a back-fill of years would make sum and maximum meaningless, and overflow them. */
    private static final long MAX_MILLIS = Duration.ofHours(1).toMillis();

    private final MeterRegistry registry;
    private final Clock clock;
    private final Map<String, Counter> received = new ConcurrentHashMap<>();
    private final Map<SensorType, Counter> stored = new ConcurrentHashMap<>();
    private final Map<String, Map<Rejection, Counter>> rejected = new ConcurrentHashMap<>();
    private final TopicLabels topics;
    private final DistributionSummary batchRows;
    private final Timer kafkaToStored;
    private final Counter retries;
    private final Counter expired;
    private final Counter deleted;

    @Inject
    IngestMetrics(MeterRegistry registry, TopicLabels topics, Clock clock) {
        this.registry = registry;
        this.topics = topics;
        this.clock = clock;
        this.batchRows = DistributionSummary.builder("telltale.batch.rows")
                .description("Readings per write to Cassandra")
                .serviceLevelObjectives(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
                .register(registry);
        this.kafkaToStored = Timer.builder("telltale.kafka.to.stored")
                .description("Time from the record time to the acknowledgment of Cassandra, capped at one hour")
                .serviceLevelObjectives(
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofMillis(300),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(2_500),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(10))
                .register(registry);
        this.expired = Counter.builder("telltale.readings.expired")
                .description("Readings dropped because their retention had expired when they were read")
                .register(registry);
        this.deleted = Counter.builder("telltale.readings.deleted")
                .description("Readings dropped because a deletion covers them")
                .register(registry);
        this.retries = Counter.builder("telltale.write.retries")
                .description("Failed operations of ingest that are retried")
                .register(registry);
    }

    void watch(IntSupplier writesInFlight, IntSupplier writeLimit, IntSupplier heldReadings) {
        Gauge.builder("telltale.writes.in.flight", writesInFlight, IntSupplier::getAsInt)
                .description("Writes to Cassandra in flight")
                // The gauge holds the only reference to the supplier; once collected, it would report NaN.
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.writes.limit", writeLimit, IntSupplier::getAsInt)
                .description("Current limit of concurrent writes to Cassandra")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.readings.held", heldReadings, IntSupplier::getAsInt)
                .description("Readings held in memory that are not durable yet")
                .strongReference(true)
                .register(registry);
    }

    void received(String topic, int records) {
        received.computeIfAbsent(topic, this::register).increment(records);
    }

    /** Registers the reasons of rejections, too: increase() does not count the first sample of a new series. */
    private Counter register(String topic) {
        rejected.computeIfAbsent(topic, this::rejected);
        return Counter.builder("telltale.readings.received")
                .description("Records read from Kafka, accepted or rejected")
                .tag("topic", topics.of(topic))
                .register(registry);
    }

    private Map<Rejection, Counter> rejected(String topic) {
        Map<Rejection, Counter> counters = new EnumMap<>(Rejection.class);
        for (Rejection reason : Rejection.values()) {
            counters.put(
                    reason,
                    Counter.builder("telltale.readings.rejected")
                            .description("Records that became dead letters")
                            .tag("topic", topics.of(topic))
                            .tag("reason", reason.code())
                            .register(registry));
        }
        return counters;
    }

    void stored(SensorType type, RowBatch rows) {
        stored.computeIfAbsent(type, absent -> Counter.builder("telltale.readings.stored")
                        .description("Readings made durable, including duplicates and corrections")
                        .tag("topic", topics.of(type.topic()))
                        .register(registry))
                .increment(rows.size());
        batchRows.record(rows.size());
        long now = clock.millis();
        for (int row = 0; row < rows.size(); row++) {
            // The clock of a producer may be ahead.
            long millis = Math.min(MAX_MILLIS, now - rows.recordTimeMillis(row));
            kafkaToStored.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        }
    }

    void rejected(String topic, Rejection reason) {
        Counter counter = rejected.computeIfAbsent(topic, this::rejected).get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    void expired() {
        expired.increment();
    }

    void deleted() {
        deleted.increment();
    }

    void retried() {
        retries.increment();
    }
}
