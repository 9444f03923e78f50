package io.telltale.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of packed history. */
@ConfigMapping(prefix = "telltale.storage.packing")
public interface PackingConfig {

    /**
     * Whether this replica packs closed buckets into history, and reads history instead of rows. Rows stay, so readings
     * take more space, not less. Set it only when all replicas run a version that knows it.
     */
    @WithDefault("false")
    boolean enabled();

    /** How long after its end a span of six hours is packed: 75 min to 7 d. */
    @WithDefault("2h")
    Duration after();

    /** The interval between searches for spans to pack: 1 s to 1 d. */
    @WithDefault("5m")
    Duration interval();

    /** The maximum number of readings that are packed per second: 100 to 10,000,000. */
    @WithDefault("20000")
    int rate();
}
