package io.telltale.packing;

import io.telltale.packing.SpanUnionPacker.Limits;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.PackedSegment;
import io.telltale.store.PackingConfig;
import io.telltale.store.RecordedReading;
import io.telltale.store.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A packer of recent segments beside a merger, on tables in memory. */
abstract class RecentPackerFixture extends MergerFixture {

    static final long HOUR = 60 * MINUTE;

    /** The span of {@link #START}, of the shard of the first sensor. */
    final Span span = Span.of(tables.layout().partitionOf(MergedRecords.SENSORS.get(0), START));

    final PackingMetrics packingMetrics = new PackingMetrics(registry);
    MemorySpanTables spans = new MemorySpanTables(tables);
    Limits limits = Limits.DEFAULT;

    static PackingConfig config(boolean isEnabled) {
        return new PackingConfig() {
            @Override
            public boolean enabled() {
                return isEnabled;
            }

            @Override
            public Duration after() {
                return Duration.ofHours(2);
            }

            @Override
            public Duration interval() {
                return Duration.ofSeconds(1);
            }

            @Override
            public int rate() {
                return 10_000_000;
            }
        };
    }

    RecentPacker packer() {
        return packer(true);
    }

    RecentPacker packer(boolean isEnabled) {
        return new RecentPacker(
                spans,
                packingMetrics,
                config(isEnabled),
                new SuppliedClock(() -> tables.nowMillis),
                () -> nanos,
                waits,
                limits);
    }

    void advance(long millis) {
        tables.nowMillis += millis;
        nanos += Duration.ofMillis(millis).toNanos();
    }

    /** Merges what has arrived, and waits until the spans of it are due. */
    void mergeAndWait() {
        advance(Math.max(0, START - tables.nowMillis));
        advance(9 * HOUR);
        merger().pass();
        advance(2 * HOUR);
    }

    /** Packs readings behind the packer's back. */
    UUID putPack(RecordedReading... records) {
        SegmentCutter cutter = new SegmentCutter(START / 1_000);
        MergedRecords some = new MergedRecords();
        for (RecordedReading record : records) {
            some.add(record);
            expected.add(record);
        }
        List<PackedSegment> segments = new ArrayList<>();
        some.readings().forEach(reading -> cutter.add(reading).ifPresent(segments::add));
        cutter.finish().ifPresent(segments::add);
        UUID pack = UUID.randomUUID();
        waits.get(spans.write(span, pack, segments));
        waits.get(spans.mark(span, pack, Set.of()));
        return pack;
    }

    @Override
    void arriveSome() {
        super.arriveSome();
        spans = new MemorySpanTables(tables);
    }

    @Override
    MergedRecords found() {
        return MergedRecords.of(tables, spans);
    }

    @Override
    void assertAllThere() {
        found().without(spans.deleted).assertSameAs(expected.without(spans.deleted));
    }
}
