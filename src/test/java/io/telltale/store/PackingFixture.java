package io.telltale.store;

import io.telltale.segment.SegmentWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Parts of packed history for tests. */
final class PackingFixture {

    private PackingFixture() {}

    /** Settings with packing on. */
    static final PackingConfig ON = new PackingConfig() {
        @Override
        public boolean enabled() {
            return true;
        }

        @Override
        public Duration after() {
            return Duration.ofHours(2);
        }

        @Override
        public Duration interval() {
            return Duration.ofMinutes(5);
        }

        @Override
        public int rate() {
            return 10_000_000;
        }
    };

    /** For parts that do not use it. */
    static Database disconnected() {
        StoreSettings settings = StoreSettings.in("none");
        return new Database(
                new Sessions(() -> new CompletableFuture<>()),
                settings,
                new Retention(settings, Clock.systemUTC()),
                status -> {});
    }

    /** A segment of readings of one sensor, in order of time. */
    static PackedSegment segment(List<PackableReading> readings) {
        SegmentWriter writer = new SegmentWriter(3_600);
        readings.forEach(writer::add);
        PackableReading first = readings.get(0);
        return new PackedSegment(first.sensorId(), first.timestampMillis(), writer.finish(), new byte[] {1}, 0);
    }

    static LateWrites lateWrites(Database database, Clock clock) {
        return new LateWrites(new HistoryMarks(database, clock), clock);
    }

    static PackedReadings readings(Database database, SealedReadings sealing, Clock clock) {
        return new PackedReadings(
                new RowReadings(database, sealing),
                new HistoryMarks(database, clock),
                new History(database),
                database,
                lateWrites(database, clock),
                ON,
                clock);
    }
}
