package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import org.junit.jupiter.api.Test;

class MeterCleanupTest {

    /** A composite, like the registry of the application. */
    private final MeterRegistry behind = new SimpleMeterRegistry();

    private final CompositeMeterRegistry registry = new CompositeMeterRegistry();

    @Test
    void removesOnlyTheMetersOfTelltale() {
        registry.add(behind);
        Gauge.builder("telltale.held", () -> 1).register(registry);
        Gauge.builder("jvm.held", () -> 1).register(registry);

        new MeterCleanup().remove(new ShutdownEvent(), registry);
        Gauge.builder("telltale.held", () -> 2).register(registry);
        Gauge.builder("jvm.held", () -> 2).register(registry);

        assertThat(behind.get("telltale.held").gauge().value()).isEqualTo(2);
        assertThat(behind.get("jvm.held").gauge().value()).isEqualTo(1);
    }
}
