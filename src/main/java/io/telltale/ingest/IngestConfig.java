package io.telltale.ingest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Settings of ingest. */
@ConfigMapping(prefix = "telltale.ingest")
public interface IngestConfig {

    /** How long readings of one partition of the store are gathered before they are written: 1 ms to 10 s. */
    @WithDefault("250ms")
    Duration linger();

    /** How many readings are written by one request: 1 to 5,000. */
    @WithDefault("500")
    int batchRows();

    /** How many bytes are written by one request, about: 1 KiB to 1 MiB. */
    @WithDefault("524288")
    int batchBytes();

    /** How many readings are held before consumption pauses, about: 1,000 to 10,000,000. */
    @WithDefault("50000")
    int heldReadings();

    /** How many bytes of readings are held before consumption pauses, about: 1 MiB to 16 GiB. */
    @WithDefault("33554432")
    long heldBytes();

    /** How many writes are under way at once, at most; fewer while Cassandra is slow or fails: 1 to 1,024. */
    @WithDefault("64")
    int writesInFlight();

    /** How many dead letters are on their way to Kafka before consumption pauses: 1 to 10,000. */
    @WithDefault("1000")
    int deadLettersInFlight();

    /** How many bytes of dead letters are on their way to Kafka before consumption pauses, about: 1 MiB to 1 GiB. */
    @WithDefault("16777216")
    long deadLetterBytesInFlight();

    /** How often what is durable is committed to Kafka and noted as progress: 100 ms to 1 min. */
    @WithDefault("1s")
    Duration commitInterval();

    /** The first wait before a failed write is tried again, doubled each time: 10 ms to 10 s. */
    @WithDefault("100ms")
    Duration firstRetry();

    /** The longest wait before a failed write is tried again: 100 ms to 1 min. */
    @WithDefault("5s")
    Duration longestRetry();
}
