package io.telltale.query;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Settings of queries. */
@ConfigMapping(prefix = "telltale.query")
public interface QueryConfig {

    /** Concurrent heavy queries: streams, and queries that read far more than they return. 1 to 1,024. */
    @WithDefault("32")
    int heavy();

    /** Queued heavy queries, first in, first out: 0 to 10,000. With a full queue, 429. */
    @WithDefault("128")
    int waiting();

    /** Concurrent heavy queries of one caller: 1 to 1,024; by default half of those of all. Further ones wait. */
    OptionalInt heavyPerCaller();

    /**
     * Heavy queries of one caller that wait for others of it: 0 to 10,000; by default half of those of all. Beyond,
     * 429.
     */
    OptionalInt waitingPerCaller();

    /** The longest time to read a page, and for a heavy query to wait for a permit: 1 s to 10 min. Then 503. */
    @WithDefault("30s")
    Duration deadline();

    /**
     * The longest time in which a client reads less than 32 KiB of a response: 1 s to 10 min. Then it is disconnected.
     */
    @WithDefault("60s")
    Duration stalled();

    /**
     * The highest count of numbers in a window for which percentiles are exact: 100 to 100,000. Beyond it they come
     * from a sketch. Each request for percentiles in progress holds 8 bytes per number; for a group of sensors, up to 4
     * MiB.
     */
    @WithDefault("10000")
    int exactPercentiles();

    /** The longest range of a query: 1 s to 3,660,000 days. Beyond it, 400. */
    ByForm longestRange();

    /**
     * By the format of the response, which decides the cost of a long range. The defaults allow every range: the cost
     * is that of its readings, and clients without an end in mind use the year 9999.
     */
    interface ByForm {

        String ALL_TIME = "P3660000D";

        /** Of a JSON page of readings. */
        @WithDefault(ALL_TIME)
        Duration page();

        /** Of one sensor's readings as a stream; unlimited by default. */
        Optional<Duration> stream();

        /** Of aggregates, of one sensor or many. */
        @WithDefault(ALL_TIME)
        Duration aggregates();

        /** Of the readings of many sensors. */
        @WithDefault(ALL_TIME)
        Duration many();
    }
}
