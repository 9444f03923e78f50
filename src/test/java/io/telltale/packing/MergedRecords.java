package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.store.Deletion;
import io.telltale.store.Deletions;
import io.telltale.store.DeletionsAccess;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingConfig;
import io.telltale.store.MinuteState;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.RecentSegment;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;

/** What reads of {@link MemoryMergingTables} give, by the rules of FreshReadings. */
final class MergedRecords {

    static final List<SensorId> SENSORS =
            List.of(new SensorId("sensor-1"), new SensorId("sensor-2"), new SensorId("sensor-3"));

    static final MergingConfig CONFIG = config(Duration.ofSeconds(10));

    static MergingConfig config(Duration interval) {
        return new MergingConfig() {
            @Override
            public Optional<Boolean> enabled() {
                return Optional.of(true);
            }

            @Override
            public Duration interval() {
                return interval;
            }

            @Override
            public int rate() {
                return 10_000_000;
            }
        };
    }

    /** Where a reading is. */
    record Place(SensorId sensorId, long timestampMillis) {}

    private final Map<Place, PackableReading> winners = new HashMap<>();

    /** The readings of segments by their identity: they are read many times. */
    private static final Map<byte[], List<PackableReading>> DECODED = new WeakHashMap<>();

    static RecordedReading record(SensorId sensorId, long millis, long recordTimeMillis, long offset) {
        return new RecordedReading(
                new Reading(sensorId, TYPE, millis, new Value.Numeric(offset)),
                new RecordOrigin(1, 0, offset),
                recordTimeMillis);
    }

    void add(PackableReading reading) {
        winners.merge(new Place(reading.sensorId(), reading.timestampMillis()), reading, MergingAccess::winner);
    }

    void add(RecordedReading record) {
        add(record, Long.MAX_VALUE);
    }

    void add(RecordedReading record, long expirySecond) {
        add(new PackableReading(
                record.reading().sensorId(),
                record.reading().timestampMillis(),
                record.reading().value(),
                record.recordTimeMillis(),
                record.origin().offset(),
                1,
                expirySecond));
    }

    private static List<PackableReading> decoded(byte[] sensors, byte[] segment) {
        return SENSORS.stream()
                .flatMap(sensor -> MergingAccess.readings(sensors, segment, sensor).stream())
                .toList();
    }

    void addRecent(Collection<RecentSegment> segments) {
        for (RecentSegment segment : segments) {
            DECODED.computeIfAbsent(segment.segment(), bytes -> decoded(segment.sensors(), bytes))
                    .forEach(this::add);
        }
    }

    void addFresh(Collection<FreshRow> rows) {
        for (FreshRow row : rows) {
            DECODED.computeIfAbsent(row.segment(), bytes -> decoded(row.sensors(), bytes))
                    .forEach(this::add);
        }
    }

    void addHistory(Collection<PackedSegment> segments) {
        for (PackedSegment segment : segments) {
            DECODED.computeIfAbsent(segment.segment(), bytes -> {
                        byte[] id = segment.sensorId().value().getBytes(US_ASCII);
                        byte[] sensors = ByteBuffer.allocate(1 + id.length)
                                .put((byte) id.length)
                                .put(id)
                                .array();
                        return MergingAccess.readings(sensors, bytes, segment.sensorId());
                    })
                    .forEach(this::add);
        }
    }

    /** What a read gives that happens at one instant, where segments are packed. */
    static MergedRecords of(MemoryMergingTables tables, MemorySpanTables spans) {
        MergedRecords read = of(tables);
        MemorySpanTables.current(spans.packs()).forEach(pack -> read.addHistory(spans.segments(pack)));
        return read;
    }

    /** These without those that are deleted. */
    MergedRecords without(List<Deletion> deleted) {
        Deletions deletions = DeletionsAccess.of(deleted);
        MergedRecords rest = copy();
        rest.winners
                .values()
                .removeIf(reading -> deletions.cover(
                        new Reading(reading.sensorId(), TYPE, reading.timestampMillis(), reading.value()),
                        reading.recordTimeMillis()));
        return rest;
    }

    /** What a read gives that happens at one instant. */
    static MergedRecords of(MemoryMergingTables tables) {
        MergedRecords read = new MergedRecords();
        read.addRecent(tables.recentTables.listed());
        unmerged(tables.states()).forEach(minute -> read.addFresh(tables.freshRows(minute)));
        return read;
    }

    static List<FreshMinute> unmerged(List<MinuteState> states) {
        return states.stream()
                .filter(state -> state.mark().isEmpty())
                .map(MinuteState::minute)
                .toList();
    }

    /** By sensor and event time. */
    List<PackableReading> readings() {
        return winners.values().stream()
                .sorted(Comparator.comparing(
                                (PackableReading reading) -> reading.sensorId().value())
                        .thenComparingLong(PackableReading::timestampMillis))
                .toList();
    }

    MergedRecords copy() {
        MergedRecords copy = new MergedRecords();
        copy.winners.putAll(winners);
        return copy;
    }

    /** Checks that it has all readings of another, or corrections of them. */
    void assertHasAllOf(MergedRecords expected) {
        expected.winners.forEach((place, reading) -> {
            PackableReading found = winners.get(place);
            if (found == null || !MergingAccess.winner(found, reading).equals(found)) {
                throw new AssertionError("expected %s or a correction, found %s".formatted(reading, found));
            }
        });
    }

    /** Checks that it has the readings of another and nothing else. */
    void assertSameAs(MergedRecords expected) {
        assertThat(new ArrayList<>(winners.values())).containsExactlyInAnyOrderElementsOf(expected.winners.values());
    }
}
