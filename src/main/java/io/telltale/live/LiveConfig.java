package io.telltale.live;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of live feeds. */
@ConfigMapping(prefix = "telltale.live")
public interface LiveConfig {

    /**
     * How many events wait for a subscriber that reads slowly before it misses some: 16 to 1,000,000. In mode
     * {@code latest}, of how many sensors.
     */
    @WithDefault("2048")
    int waitingEvents();

    /** How often a quiet stream carries a comment, so that nobody takes it for dead: 1 s to 5 min. */
    @WithDefault("15s")
    Duration heartbeat();

    /** How many may watch at once on this replica: 1 to 1,000,000. */
    @WithDefault("10000")
    int subscribers();

    /**
     * How many may watch at once from one address on this replica: 1 to 1,000,000. To be lowered where clients come with
     * addresses of their own; behind a proxy all may have one (see {@code quarkus.http.proxy}).
     */
    @WithDefault("10000")
    int subscribersPerAddress();

    /** How many readings {@code since} replays at most: 1 to 100,000,000. */
    @WithDefault("1000000")
    int replayedReadings();

    /** How many replays are under way at once: 1 to 1,024. The others wait for their turn, with heartbeats. */
    @WithDefault("32")
    int replays();

    /** How long a client may take nothing, though something waits for it, before its connection is cut: 30 s to 1 h. */
    @WithDefault("5m")
    Duration stalled();

    /** How long a topic is still tailed after the last who listened to it left: 0 s to 10 min. */
    @WithDefault("10s")
    Duration keepTailing();

    /** How often new topics and partitions are looked for while somebody watches: 100 ms to 10 s. */
    @WithDefault("2s")
    Duration discovery();
}
