package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static io.telltale.packing.MergedRecords.SENSORS;
import static io.telltale.packing.MergedRecords.record;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.MergingAccess;
import io.telltale.store.RecordedReading;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

/** A merger of tables in memory, and readings that arrive there. */
abstract class MergerFixture {

    static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    static final long MINUTE = 60_000;

    MemoryMergingTables tables = new MemoryMergingTables();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final MergingMetrics metrics = new MergingMetrics(registry, new SuppliedClock(() -> tables.nowMillis));
    MergedRecords expected = new MergedRecords();
    long nanos;
    long seq;
    long offset;

    final PackerWaits waits = new PackerWaits() {
        @Override
        void pause(Duration duration) {}
    };

    @AfterEach
    void assertHooksPassed() {
        tables.assertHooksPassed();
    }

    Merger merger() {
        return merger(true);
    }

    Merger merger(boolean isEnabled) {
        return new Merger(
                tables,
                metrics,
                isEnabled,
                MergedRecords.CONFIG,
                new SuppliedClock(() -> tables.nowMillis),
                () -> nanos,
                waits);
    }

    FreshMinute arrive(long millis, RecordedReading... records) {
        FreshMinute minute = MergingAccess.minute(TYPE, millis);
        tables.put(minute, millis * 1_000);
        put(minute, millis * 1_000, records);
        return minute;
    }

    void put(FreshMinute minute, long micros, RecordedReading... records) {
        List<FreshRow> rows = MergingAccess.rows(minute, List.of(records), UUID.randomUUID(), seq, micros);
        seq += rows.size();
        rows.forEach(row -> tables.put(minute, row));
        List.of(records).forEach(expected::add);
    }

    /** Readings of three sensors in two minutes: on time, late and corrected. */
    void arriveSome() {
        tables = new MemoryMergingTables();
        tables.nowMillis = START + 5 * MINUTE;
        expected = new MergedRecords();
        for (int i = 0; i < 6; i++) {
            long arrival = START + i * MINUTE / 3;
            arrive(
                    arrival,
                    record(SENSORS.get(i % 3), arrival - 10, START + i, offset++),
                    record(SENSORS.get(0), START - 20 * MINUTE, START - i, offset++),
                    record(SENSORS.get(1), START - 3, START + i, offset++));
        }
    }

    void assertAllThere() {
        found().assertSameAs(expected);
    }

    /** What a read gives now. */
    MergedRecords found() {
        return MergedRecords.of(tables);
    }
}
