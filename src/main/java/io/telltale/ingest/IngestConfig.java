package io.telltale.ingest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of ingest. */
@ConfigMapping(prefix = "telltale.ingest")
public interface IngestConfig {

    /** How long readings of one partition of the store accumulate before they are written: 1 ms to 10 s. */
    @WithDefault("250ms")
    Duration linger();

    /** The maximum of readings in one write: 1 to 5,000. */
    @WithDefault("500")
    int batchRows();

    /** The approximate maximum of bytes in one write: 1 KiB to 1 MiB. */
    @WithDefault("524288")
    int batchBytes();

    /** The approximate number of held readings at which consumption pauses: 1,000 to 10,000,000. */
    @WithDefault("50000")
    int heldReadings();

    /** The approximate number of held bytes at which consumption pauses: 1 MiB to 16 GiB. */
    @WithDefault("33554432")
    long heldBytes();

    /** The maximum of concurrent writes; fewer while Cassandra is slow or fails: 1 to 1,024. */
    @WithDefault("64")
    int writesInFlight();

    /** The number of dead letters in flight at which consumption pauses: 1 to 10,000. */
    @WithDefault("1000")
    int deadLettersInFlight();

    /** The approximate number of bytes of dead letters in flight at which consumption pauses: 1 MiB to 1 GiB. */
    @WithDefault("16777216")
    long deadLetterBytesInFlight();

    /** How often durable offsets are committed to Kafka and stored as progress: 100 ms to 1 min. */
    @WithDefault("1s")
    Duration commitInterval();

    /** The backoff before the first retry; each retry doubles it: 10 ms to 10 s. */
    @WithDefault("100ms")
    Duration firstRetry();

    /** The maximum of the backoff before a retry: 100 ms to 1 min. */
    @WithDefault("5s")
    Duration longestRetry();
}
