package io.telltale.packing;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.telltale.store.PackedSegment;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicLong;

/** The metrics of packing at {@code /q/metrics}. */
@Singleton
class PackingMetrics {

    private final AtomicLong unpacked = new AtomicLong();
    private final AtomicLong unpackedRecent = new AtomicLong();
    private final AtomicLong sealed = new AtomicLong();
    private final Counter readings;
    private final Counter bytes;
    private final Counter spans;
    private final Counter failures;

    @Inject
    PackingMetrics(MeterRegistry registry) {
        this.readings = Counter.builder("telltale.packing.readings")
                .description("Readings written into history")
                .register(registry);
        this.bytes = Counter.builder("telltale.packing.bytes")
                .description("Bytes of segments and summaries written into history")
                .register(registry);
        this.spans = Counter.builder("telltale.packing.spans")
                .description("Spans of six hours of one shard that were packed")
                .register(registry);
        this.failures = Counter.builder("telltale.packing.failures")
                .description("Failed attempts to pack; they are retried")
                .register(registry);
        Gauge.builder("telltale.packing.unpacked", unpacked, AtomicLong::get)
                .description("Spans that have ended and are read from rows, as of the last search")
                .register(registry);
        Gauge.builder("telltale.packing.recent.unpacked", unpackedRecent, AtomicLong::get)
                .description("Spans that have ended and have recent segments to pack, as of the last search")
                .register(registry);
        Gauge.builder("telltale.packing.sealed", sealed, AtomicLong::get)
                .description("Spans that this replica cannot pack, because they have sealed values")
                .register(registry);
    }

    void unpacked(long count) {
        unpacked.set(count);
    }

    void unpackedRecent(long count) {
        unpackedRecent.set(count);
    }

    void sealed(long count) {
        sealed.set(count);
    }

    void written(PackedSegment segment) {
        bytes.increment((double) segment.segment().length + segment.summary().length);
    }

    void packed(long packedReadings) {
        readings.increment((double) packedReadings);
        spans.increment();
    }

    void failed() {
        failures.increment();
    }
}
