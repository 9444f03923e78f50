package io.telltale.store;

import io.telltale.settings.Bounds;
import java.time.Duration;

/** Checks the setting that packers and readers share. */
public final class PackingBounds {

    private PackingBounds() {}

    /** Returns how long after its end a span is packed. The least value is what late writes rely on. */
    public static Duration after(PackingConfig config) {
        return Bounds.within(
                "telltale.storage.packing.after", config.after(), Duration.ofMinutes(75), Duration.ofDays(7));
    }
}
