package io.telltale.ingest;

import java.time.Duration;

/** Settings of ingest for a test. */
record IngestLimits(
        Duration linger, int batchRows, int batchBytes, int heldReadings, long heldBytes, int writesInFlight)
        implements IngestConfig {

    /** Limits that no test reaches. */
    static IngestLimits wide() {
        return new IngestLimits(Duration.ofMillis(250), 1_000, 1 << 20, 1_000_000, 1L << 30, 1_000);
    }

    IngestLimits withBatchRows(int rows) {
        return new IngestLimits(linger, rows, batchBytes, heldReadings, heldBytes, writesInFlight);
    }

    IngestLimits withBatchBytes(int bytes) {
        return new IngestLimits(linger, batchRows, bytes, heldReadings, heldBytes, writesInFlight);
    }

    IngestLimits withHeldReadings(int readings) {
        return new IngestLimits(linger, batchRows, batchBytes, readings, heldBytes, writesInFlight);
    }

    IngestLimits withHeldBytes(long bytes) {
        return new IngestLimits(linger, batchRows, batchBytes, heldReadings, bytes, writesInFlight);
    }

    IngestLimits withWritesInFlight(int writes) {
        return new IngestLimits(linger, batchRows, batchBytes, heldReadings, heldBytes, writes);
    }

    @Override
    public int deadLettersInFlight() {
        return 1_000;
    }

    @Override
    public long deadLetterBytesInFlight() {
        return 16 << 20;
    }

    @Override
    public Duration commitInterval() {
        return Duration.ofSeconds(1);
    }

    @Override
    public Duration firstRetry() {
        return Duration.ofMillis(100);
    }

    @Override
    public Duration longestRetry() {
        return Duration.ofSeconds(1);
    }
}
