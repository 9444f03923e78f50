package io.telltale.query;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Settings of reads over REST. */
@ConfigMapping(prefix = "telltale.query")
public interface QueryConfig {

    /** How many heavy queries are under way at once: streams, and whatever reads far more than it answers. 1 to 1,024. */
    @WithDefault("32")
    int heavy();

    /** How many more wait for their turn, in the order in which they came: 0 to 10,000. Beyond them, 429. */
    @WithDefault("128")
    int waiting();

    /** How long a page may take, and a heavy query wait for its turn: 1 s to 10 min. Then 503. */
    @WithDefault("30s")
    Duration deadline();

    /** How long a client may take nothing of a body that is sent in pieces of 32 KiB: 1 s to 10 min. Then it is cut off. */
    @WithDefault("60s")
    Duration stalled();

    /**
     * Up to how many numbers in a window its percentiles are exact: 100 to 100,000. Beyond, they come from a sketch. 8
     * bytes each for every request for percentiles that is under way.
     */
    @WithDefault("10000")
    int exactPercentiles();

    /** How long a range may be that is asked for: 1 s to 3,660,000 days. Beyond it, 400. */
    ByForm longestRange();

    /**
     * By the form of the answer, since that says what a long range costs. The defaults are ten thousand years, which is all
     * that can be asked for: a range costs what it holds, and whoever has no end in mind writes the year 9999.
     */
    interface ByForm {

        String ALL_TIME = "P3660000D";

        /** Of a JSON page of readings. */
        @WithDefault(ALL_TIME)
        Duration page();

        /** Of a sensor's readings as a stream; without one, any. */
        Optional<Duration> stream();

        /** Of aggregates, in either form. */
        @WithDefault(ALL_TIME)
        Duration aggregates();

        /** Of the readings of many sensors. */
        @WithDefault(ALL_TIME)
        Duration many();
    }
}
