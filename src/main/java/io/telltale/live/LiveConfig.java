package io.telltale.live;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/** Settings of live feeds. */
@ConfigMapping(prefix = "telltale.live")
public interface LiveConfig {

    /**
     * The maximum number of events that wait for a slow subscriber; further readings cause a gap: 16 to 1,000,000. In
     * mode {@code latest}, the maximum number of sensors.
     */
    @WithDefault("2048")
    int waitingEvents();

    /** The interval of comments on a quiet stream, which show that the connection is alive: 1 s to 5 min. */
    @WithDefault("15s")
    Duration heartbeat();

    /** The maximum number of concurrent streams of this replica: 1 to 1,000,000. */
    @WithDefault("10000")
    int subscribers();

    /**
     * The maximum number of concurrent streams of one address on this replica: 1 to 1,000,000. Lower it where each
     * client has its own address; behind a proxy, all may share one (see {@code quarkus.http.proxy}).
     */
    @WithDefault("10000")
    int subscribersPerAddress();

    /** The maximum number of concurrent streams of one credential on this replica, by its name: 1 to 1,000,000. */
    @WithDefault("1000")
    int subscribersPerCaller();

    /** The maximum number of readings that {@code since} replays: 1 to 100,000,000. */
    @WithDefault("1000000")
    int replayedReadings();

    /**
     * The maximum number of concurrent replays: 1 to 1,024. Others wait for a permit; resumed ones receive heartbeats.
     */
    @WithDefault("32")
    int replays();

    /** The maximum number of concurrent replays of one caller: 1 to 1,024; by default half of those of all. */
    OptionalInt replaysPerCaller();

    /** How long a client may read nothing while events wait, until its connection is aborted: 30 s to 1 h. */
    @WithDefault("5m")
    Duration stalled();

    /** How long a topic is tailed after its last subscriber left: 0 s to 10 min. */
    @WithDefault("10s")
    Duration keepTailing();

    /** The interval of discovery of new topics and partitions, while there are subscribers: 100 ms to 10 s. */
    @WithDefault("2s")
    Duration discovery();
}
