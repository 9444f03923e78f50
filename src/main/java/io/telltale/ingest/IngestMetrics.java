package io.telltale.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/** What ingest tells of itself at {@code /q/metrics}. */
@Singleton
class IngestMetrics {

    /** A back-fill of years would make sum and largest value meaningless, and overflow them in the end. */
    private static final long LONGEST_MILLIS = Duration.ofHours(1).toMillis();

    private final MeterRegistry registry;
    private final Clock clock;
    private final Map<String, Counter> received = new ConcurrentHashMap<>();
    private final Map<SensorType, Counter> stored = new ConcurrentHashMap<>();
    private final Map<Rejection, Counter> rejected = new EnumMap<>(Rejection.class);
    private final Map<String, AtomicLong> lag = new ConcurrentHashMap<>();
    private final DistributionSummary batchRows;
    private final Timer kafkaToStored;
    private final Counter retries;
    private final Counter expired;
    private final Counter deleted;

    @Inject
    IngestMetrics(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        for (Rejection reason : Rejection.values()) {
            rejected.put(
                    reason,
                    Counter.builder("telltale.readings.rejected")
                            .description("Records that became dead letters")
                            .tag("reason", reason.code())
                            .register(registry));
        }
        this.batchRows = DistributionSummary.builder("telltale.batch.rows")
                .description("Readings written by one request to Cassandra")
                .serviceLevelObjectives(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
                .register(registry);
        this.kafkaToStored = Timer.builder("telltale.kafka.to.stored")
                .description(
                        "From the record time to the acknowledgement of Cassandra; longer than an hour counts as an hour")
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
                .description("Readings dropped because their retention was over when they were read")
                .register(registry);
        this.deleted = Counter.builder("telltale.readings.deleted")
                .description("Readings dropped because they had been deleted before they were stored")
                .register(registry);
        this.retries = Counter.builder("telltale.write.retries")
                .description("Writes that failed and are tried again")
                .register(registry);
    }

    void watch(IntSupplier writesInFlight, IntSupplier writeLimit, IntSupplier heldReadings) {
        Gauge.builder("telltale.writes.in.flight", writesInFlight, IntSupplier::getAsInt)
                .description("Writes under way to Cassandra")
                // Nobody else holds the supplier: once collected, the gauge would be NaN for ever.
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.writes.limit", writeLimit, IntSupplier::getAsInt)
                .description("How many writes to Cassandra may be under way at the moment")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.readings.held", heldReadings, IntSupplier::getAsInt)
                .description("Readings taken from Kafka and not durable yet")
                .strongReference(true)
                .register(registry);
    }

    void received(String topic, int records) {
        received.computeIfAbsent(topic, unknown -> Counter.builder("telltale.readings.received")
                        .description("Records taken from Kafka, good and bad")
                        .tag("topic", topic)
                        .register(registry))
                .increment(records);
    }

    void stored(SensorType type, RowBatch rows) {
        stored.computeIfAbsent(type, unknown -> Counter.builder("telltale.readings.stored")
                        .description("Readings made durable, repeats and corrections included")
                        .tag("topic", type.topic())
                        .register(registry))
                .increment(rows.size());
        batchRows.record(rows.size());
        long now = clock.millis();
        for (int row = 0; row < rows.size(); row++) {
            // A producer's clock may be ahead of this one.
            long millis = Math.min(LONGEST_MILLIS, now - rows.recordTimeMillis(row));
            kafkaToStored.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        }
    }

    void rejected(Rejection reason) {
        Counter counter = rejected.get(reason);
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

    /** Of topics that are not named no partition is this replica's any more, so it has none behind. */
    void lag(Map<String, Long> recordsByTopic) {
        lag.forEach((topic, gauge) -> {
            if (!recordsByTopic.containsKey(topic)) {
                gauge.set(0);
            }
        });
        recordsByTopic.forEach(
                (topic, records) -> lag.computeIfAbsent(topic, this::lagGauge).set(records));
    }

    private AtomicLong lagGauge(String topic) {
        AtomicLong gauge = new AtomicLong();
        Gauge.builder("telltale.consumer.lag", gauge, AtomicLong::get)
                .description("Records in the partitions of this replica that are not durable yet")
                .tag("topic", topic)
                .register(registry);
        return gauge;
    }
}
