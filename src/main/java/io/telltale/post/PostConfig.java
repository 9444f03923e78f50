package io.telltale.post;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of POSTs of readings. */
@ConfigMapping(prefix = "telltale.posts")
public interface PostConfig {

    /** How much memory all POSTs may hold at once, in bytes; more of them wait for their turn: 32 MiB to 16 GiB. */
    @WithDefault("67108864")
    long heldBytes();

    /** How long the next bytes of a body are waited for: 1 s to 10 min. */
    @WithDefault("30s")
    Duration idle();
}
