package io.telltale.packing;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.telltale.store.FreshMinute;
import io.telltale.store.RecentSegment;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;

/** The metrics of merging at {@code /q/metrics}. */
@Singleton
class MergingMetrics {

    private final AtomicLong unmerged = new AtomicLong();

    /** When the oldest of them was complete; 0 if there is none. */
    private final AtomicLong oldestMillis = new AtomicLong();

    private final Counter readings;
    private final Counter bytes;
    private final Counter minutes;
    private final Counter failures;

    @Inject
    MergingMetrics(MeterRegistry registry, Clock clock) {
        this.readings = Counter.builder("telltale.merging.readings")
                .description("Readings of minutes that were merged")
                .register(registry);
        this.bytes = Counter.builder("telltale.merging.bytes")
                .description("Bytes of recent segments that were written")
                .register(registry);
        this.minutes = Counter.builder("telltale.merging.minutes")
                .description("Minutes that were merged")
                .register(registry);
        this.failures = Counter.builder("telltale.merging.failures")
                .description("Failed attempts to merge; they are retried")
                .register(registry);
        Gauge.builder("telltale.merging.unmerged", unmerged, AtomicLong::get)
                .description("Complete minutes that are not merged, as of the last search")
                .register(registry);
        Gauge.builder(
                        "telltale.merging.oldest.seconds",
                        oldestMillis,
                        oldest -> ageSeconds(oldest.get(), clock.millis()))
                .description("For how long the oldest of them has been complete")
                .register(registry);
    }

    private static double ageSeconds(long millis, long nowMillis) {
        return millis == 0 ? 0 : Math.max(0, Math.floorDiv(nowMillis - millis, 1_000L));
    }

    void unmerged(Collection<FreshMinute> minutesNow) {
        unmerged.set(minutesNow.size());
        oldestMillis.set(
                minutesNow.stream().mapToLong(FreshMinute::completeMillis).min().orElse(0));
    }

    void written(RecentSegment segment) {
        bytes.increment((double) segment.bytes());
    }

    void merged(long mergedReadings) {
        readings.increment((double) mergedReadings);
        minutes.increment();
    }

    void failed() {
        failures.increment();
    }
}
