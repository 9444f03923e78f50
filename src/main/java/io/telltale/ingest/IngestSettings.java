package io.telltale.ingest;

import io.telltale.settings.Bounds;
import java.time.Duration;

/** Checks the bounds of {@link IngestConfig}. */
final class IngestSettings {

    static final int MAX_DEAD_LETTERS_IN_FLIGHT = 10_000;

    private IngestSettings() {}

    /** Returns the settings; throws if one is out of its bounds. */
    static IngestConfig checked(IngestConfig config) {
        Bounds.within("telltale.ingest.linger", config.linger(), Duration.ofMillis(1), Duration.ofSeconds(10));
        Bounds.within("telltale.ingest.batch-rows", config.batchRows(), 1, 5_000);
        Bounds.within("telltale.ingest.batch-bytes", config.batchBytes(), 1_024, 1_048_576);
        Bounds.within("telltale.ingest.held-readings", config.heldReadings(), 1_000, 10_000_000);
        Bounds.within("telltale.ingest.held-bytes", config.heldBytes(), 1L << 20, 1L << 34);
        Bounds.within("telltale.ingest.writes-in-flight", config.writesInFlight(), 1, 1_024);
        Bounds.within(
                "telltale.ingest.dead-letters-in-flight", config.deadLettersInFlight(), 1, MAX_DEAD_LETTERS_IN_FLIGHT);
        Bounds.within(
                "telltale.ingest.dead-letter-bytes-in-flight", config.deadLetterBytesInFlight(), 1L << 20, 1L << 30);
        Bounds.within(
                "telltale.ingest.commit-interval",
                config.commitInterval(),
                Duration.ofMillis(100),
                Duration.ofMinutes(1));
        Bounds.within(
                "telltale.ingest.first-retry", config.firstRetry(), Duration.ofMillis(10), Duration.ofSeconds(10));
        Bounds.within(
                "telltale.ingest.longest-retry", config.longestRetry(), Duration.ofMillis(100), Duration.ofMinutes(1));
        Bounds.require(
                config.firstRetry().compareTo(config.longestRetry()) <= 0,
                "telltale.ingest.first-retry",
                config.firstRetry(),
                "not more than telltale.ingest.longest-retry, which is " + config.longestRetry());
        return config;
    }
}
