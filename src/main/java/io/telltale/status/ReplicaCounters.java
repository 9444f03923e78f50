package io.telltale.status;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.telltale.wire.Rejection;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The counters of this replica, from its metrics: they start at 0 with the process. */
@Singleton
class ReplicaCounters {

    private final MeterRegistry registry;

    @Inject
    ReplicaCounters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** The records that this replica has read from Kafka. */
    long received() {
        return sum(registry.find("telltale.readings.received").counters());
    }

    /** The readings that this replica has made durable. */
    long stored() {
        return sum(registry.find("telltale.readings.stored").counters());
    }

    /** The records that this replica has rejected, by code, with every code. */
    Map<String, Long> rejected() {
        Map<String, Long> byCode = new LinkedHashMap<>();
        for (Rejection reason : Rejection.values()) {
            byCode.put(
                    reason.code(),
                    sum(registry.find("telltale.readings.rejected")
                            .tag("reason", reason.code())
                            .counters()));
        }
        return byCode;
    }

    /** How long records of this replica took, from their record time. */
    StatusView.Latency latency() {
        return new StatusView.Latency(timing("telltale.kafka.to.stored"), timing("telltale.kafka.to.event"));
    }

    private StatusView.Timing timing(String name) {
        Timer timer = registry.find(name).timer();
        return timer == null
                ? new StatusView.Timing(0, 0)
                : new StatusView.Timing(timer.count(), timer.totalTime(TimeUnit.MILLISECONDS) / 1_000);
    }

    /** The live streams that are open on this replica. */
    long subscribers() {
        Gauge subscribers = registry.find("telltale.live.subscribers").gauge();
        return subscribers == null ? 0 : (long) subscribers.value();
    }

    private static long sum(Collection<Counter> counters) {
        return (long) counters.stream().mapToDouble(Counter::count).sum();
    }
}
