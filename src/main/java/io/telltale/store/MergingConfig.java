package io.telltale.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Settings of merging. */
@ConfigMapping(prefix = "telltale.storage.merging")
public interface MergingConfig {

    /** Whether this replica merges fresh segments. Default: as {@code telltale.storage.segments}. */
    Optional<Boolean> enabled();

    /** The interval between searches for minutes to merge: 1 s to 1 h. */
    @WithDefault("10s")
    Duration interval();

    /** The maximum number of readings that are merged per second: 1,000 to 10,000,000. */
    @WithDefault("200000")
    int rate();
}
