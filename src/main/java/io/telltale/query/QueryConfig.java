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

    /** How long a range may be that is asked for: 1 s or more; without one, any. Beyond it, 400. */
    ByForm longestRange();

    /** By the form of the answer, since that says what a long range costs. */
    interface ByForm {

        /** Of a JSON page of readings. */
        Optional<Duration> page();

        /** Of a sensor's readings as a stream. */
        Optional<Duration> stream();

        /** Of aggregates, in either form. */
        Optional<Duration> aggregates();

        /** Of the readings of many sensors. */
        Optional<Duration> many();
    }
}
