package io.telltale.settings;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Removes the meters of Telltale at shutdown. The registry outlives the application in development mode and in tests,
 * and a gauge that is registered again would keep showing the previous application.
 */
@Singleton
class MeterCleanup {

    static final String PREFIX = "telltale.";

    /** Runs last: others may still count during shutdown. */
    void remove(@Observes @Priority(Integer.MAX_VALUE) ShutdownEvent end, MeterRegistry registry) {
        for (Meter meter : List.copyOf(registry.getMeters())) {
            if (meter.getId().getName().startsWith(PREFIX)) {
                registry.remove(meter);
            }
        }
    }
}
