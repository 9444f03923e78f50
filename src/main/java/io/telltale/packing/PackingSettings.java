package io.telltale.packing;

import io.telltale.settings.Bounds;
import io.telltale.store.PackingConfig;
import java.time.Duration;

/** Checks the settings that the engines of packing share. */
final class PackingSettings {

    private PackingSettings() {}

    static Duration interval(PackingConfig config) {
        return Bounds.within(
                "telltale.storage.packing.interval", config.interval(), Duration.ofSeconds(1), Duration.ofDays(1));
    }

    /** Readings per second. */
    static int rate(PackingConfig config) {
        return Bounds.within("telltale.storage.packing.rate", config.rate(), 100, 10_000_000);
    }
}
