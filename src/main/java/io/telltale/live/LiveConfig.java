package io.telltale.live;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of live feeds. */
@ConfigMapping(prefix = "telltale.live")
public interface LiveConfig {

    /** How many events wait for a subscriber that reads slowly before it misses some: 16 to 1,000,000. */
    @WithDefault("2048")
    int waitingEvents();

    /** How often a quiet stream carries a comment, so that nobody takes it for dead: 1 s to 5 min. */
    @WithDefault("15s")
    Duration heartbeat();

    /** How many may watch at once on this replica: 1 to 1,000,000. */
    @WithDefault("10000")
    int subscribers();

    /** How long the topics are still tailed after the last subscriber left: 0 s to 10 min. */
    @WithDefault("10s")
    Duration keepTailing();

    /** How often new topics and partitions are looked for while somebody watches: 100 ms to 10 s. */
    @WithDefault("2s")
    Duration discovery();
}
