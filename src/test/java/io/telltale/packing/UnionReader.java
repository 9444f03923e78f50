package io.telltale.packing;

import io.telltale.store.FreshMinute;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentBucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A read by the rules of FreshReadings, step by step: the marks of minutes, the packs, the entries of buckets, and then
 * minutes without a mark, recent segments, and packs in any order.
 */
final class UnionReader {

    private static final long USABLE_MILLIS = Duration.ofMinutes(1).toMillis();

    private final MemoryMergingTables tables;
    private final MemorySpanTables spans;
    private final long sinceMillis;
    private final MergedRecords expected;
    private final MergedRecords found = new MergedRecords();
    private final List<Runnable> steps = new ArrayList<>();
    private List<FreshMinute> unmerged = List.of();
    private List<UUID> packs = List.of();
    private List<ReadingPartition> buckets = List.of();

    /** @param durable what was acknowledged by now */
    UnionReader(MemoryMergingTables tables, MemorySpanTables spans, MergedRecords durable, Random random) {
        this.tables = tables;
        this.spans = spans;
        this.sinceMillis = tables.nowMillis;
        this.expected = durable.copy();
        List<Runnable> sources = new ArrayList<>(List.of(
                () -> unmerged.forEach(minute -> found.addFresh(tables.freshRows(minute))),
                () -> found.addRecent(tables.recentTables.of(buckets.stream()).toList()),
                () -> packs.forEach(pack -> found.addHistory(spans.segments(pack)))));
        Collections.shuffle(sources, random);
        steps.add(() -> unmerged = MergedRecords.unmerged(tables.states()));
        steps.add(() -> packs = MemorySpanTables.current(spans.packs()));
        steps.add(() -> buckets = tables.recentTables.entries().stream()
                .map(RecentBucket::partition)
                .distinct()
                .toList());
        steps.addAll(sources);
    }

    /** Makes the next step. Returns whether it was the last one. */
    boolean step() {
        steps.remove(0).run();
        return steps.isEmpty();
    }

    /** Checks the answer. Returns false if it took too long: then it would begin again. */
    boolean check() {
        if (tables.nowMillis - sinceMillis > USABLE_MILLIS) {
            return false;
        }
        found.assertHasAllOf(expected.without(spans.deleted));
        return true;
    }
}
