package io.telltale.settings;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Takes Telltale's meters with it when the application ends. The registry outlives it where a JVM runs several, one after
 * the other, as a developer's changes and tests do; and a gauge that is registered again goes on showing the one before.
 */
@Singleton
class MeterCleanup {

    static final String OURS = "telltale.";

    /** After all others, who may still count while they stop. */
    void remove(@Observes @Priority(Integer.MAX_VALUE) ShutdownEvent end, MeterRegistry registry) {
        for (Meter meter : List.copyOf(registry.getMeters())) {
            if (meter.getId().getName().startsWith(OURS)) {
                registry.remove(meter);
            }
        }
    }
}
