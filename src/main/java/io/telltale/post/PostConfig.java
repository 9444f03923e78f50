package io.telltale.post;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalLong;

/** Settings of POSTs of readings. */
@ConfigMapping(prefix = "telltale.posts")
public interface PostConfig {

    /** The memory budget of all POSTs, in bytes: 32 MiB to 16 GiB. Further POSTs wait. */
    @WithDefault("67108864")
    long heldBytes();

    /**
     * The part of one caller in the memory budget, in bytes: 32 MiB to 16 GiB; by default half, and at least 32 MiB.
     */
    OptionalLong heldBytesPerCaller();

    /** The timeout for the next bytes of a body: 1 s to 10 min. */
    @WithDefault("30s")
    Duration idle();
}
