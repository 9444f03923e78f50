package io.telltale.live;

import java.time.Duration;
import java.util.OptionalInt;

/** Settings of live streams for tests. */
record LiveSettings(int replayedReadings, int replays, Duration keepTailing) implements LiveConfig {

    static final LiveSettings DEFAULTS = new LiveSettings(1_000, 2, Duration.ofSeconds(10));
    static final int SUBSCRIBERS_PER_CALLER = 40;
    static final Duration DISCOVERY = Duration.ofSeconds(2);

    @Override
    public int waitingEvents() {
        return StreamClient.WAITING_EVENTS;
    }

    @Override
    public Duration heartbeat() {
        return Duration.ofSeconds(15);
    }

    @Override
    public int subscribers() {
        return 100;
    }

    @Override
    public int subscribersPerAddress() {
        return 100;
    }

    @Override
    public int subscribersPerCaller() {
        return SUBSCRIBERS_PER_CALLER;
    }

    @Override
    public OptionalInt replaysPerCaller() {
        return OptionalInt.of(1);
    }

    @Override
    public Duration stalled() {
        return Duration.ofMinutes(5);
    }

    @Override
    public Duration discovery() {
        return DISCOVERY;
    }
}
