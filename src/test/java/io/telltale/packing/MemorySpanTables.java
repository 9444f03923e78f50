package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.packing.MemoryRecent.Times;
import io.telltale.sensors.SensorType;
import io.telltale.store.Deletion;
import io.telltale.store.Deletions;
import io.telltale.store.DeletionsAccess;
import io.telltale.store.Layout;
import io.telltale.store.PackedSegment;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentBucket;
import io.telltale.store.ShardWeek;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import io.telltale.store.StoredKey;
import io.telltale.store.StoredSegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Packs of one type in memory, beside the recent segments of {@link MemoryMergingTables}, with its hook and clocks. */
class MemorySpanTables implements SpanTables {

    private static final int PAGE = 3;

    private final MemoryMergingTables tables;

    /** Of the segments of a pack. One of the same sensor and start replaces another. */
    private static final Comparator<PackedSegment> ORDER = Comparator.comparing(
                    (PackedSegment segment) -> segment.sensorId().value())
            .thenComparingLong(PackedSegment::startMillis);

    private record PackKey(Span span, UUID id) {}

    /** The segments of a pack. */
    private static final class Content {
        final TreeMap<PackedSegment, PackedSegment> segments = new TreeMap<>(ORDER);
        long removedMicros = Long.MIN_VALUE;
    }

    /** A row of the table of packs. */
    private static final class Marked {
        final Times times = new Times();
        Set<UUID> replaces = Set.of();
    }

    private final Map<PackKey, Content> history = new LinkedHashMap<>();
    private final Map<PackKey, Marked> marks = new LinkedHashMap<>();
    final List<Deletion> deleted = new ArrayList<>();
    boolean isPackable = true;

    MemorySpanTables(MemoryMergingTables tables) {
        this.tables = tables;
    }

    /** The packs that are marked. */
    List<SpanPack> packs() {
        return packsOf(marks.keySet().stream());
    }

    List<SpanPack> packsOf(Span span) {
        return packsOf(marks.keySet().stream().filter(key -> key.span().equals(span)));
    }

    private List<SpanPack> packsOf(Stream<PackKey> keys) {
        List<SpanPack> found = new ArrayList<>();
        keys.forEach(key -> {
            Marked row = Objects.requireNonNull(marks.get(key));
            if (row.times.isThere()) {
                found.add(new SpanPack(key.id(), row.replaces, row.times.writtenMicros));
            }
        });
        return found;
    }

    /** The packs that a read takes: those that no other replaces. */
    static List<UUID> current(List<SpanPack> packs) {
        Set<UUID> replaced =
                packs.stream().flatMap(pack -> pack.replaces().stream()).collect(Collectors.toSet());
        return packs.stream()
                .map(SpanPack::id)
                .filter(id -> !replaced.contains(id))
                .toList();
    }

    /** The segments of a pack, marked or not. */
    List<PackedSegment> segments(UUID pack) {
        return history.entrySet().stream()
                .filter(content -> content.getKey().id().equals(pack))
                .flatMap(content -> content.getValue().segments.values().stream())
                .toList();
    }

    /** The packs that have segments, marked or not. */
    Set<UUID> written() {
        return history.entrySet().stream()
                .filter(content -> !content.getValue().segments.isEmpty())
                .map(content -> content.getKey().id())
                .collect(Collectors.toSet());
    }

    /** Changes all segments, behind the packer's back. */
    void damage() {
        history.values()
                .forEach(content -> content.segments.replaceAll((key, segment) -> {
                    byte[] bytes = segment.segment().clone();
                    bytes[bytes.length - 1] ^= 1;
                    return new PackedSegment(segment.sensorId(), segment.startMillis(), bytes, segment.summary(), 0);
                }));
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public Uni<Void> whenNeeded() {
        return tables.whenNeeded();
    }

    @Override
    public boolean isPackable(SensorType type) {
        return isPackable;
    }

    @Override
    public Uni<List<SensorType>> types() {
        return tables.types();
    }

    @Override
    public Uni<Layout> layout(SensorType type) {
        return Uni.createFrom().item(tables.layout());
    }

    @Override
    public Uni<List<RecentBucket>> buckets(SensorType type, int shard) {
        return tables.run("entries", () -> entries()
                .filter(entry -> entry.partition().shard() == shard)
                .toList());
    }

    @Override
    public Uni<List<RecentBucket>> buckets(Span span, Layout layout) {
        return tables.run("entriesOfSpan", () -> entries()
                .filter(entry -> Span.of(entry.partition()).equals(span))
                .toList());
    }

    private Stream<RecentBucket> entries() {
        return tables.recentTables.entries().stream();
    }

    @Override
    public Uni<Page<ShardWeek>> weeks() {
        return tables.run(
                "weeks",
                () -> new Page<>(
                        marks.entrySet().stream()
                                .filter(mark -> mark.getValue().times.isThere())
                                .map(mark -> week(mark.getKey().span()))
                                .distinct()
                                .toList(),
                        Optional.empty()));
    }

    private static ShardWeek week(Span span) {
        return new ShardWeek(span.type(), span.shard(), Layout.weekStart(span.startMillis()));
    }

    @Override
    public Uni<Map<Long, List<SpanPack>>> packs(ShardWeek week) {
        return tables.run("packs", () -> {
            Map<Long, List<SpanPack>> found = new HashMap<>();
            for (Span span : week.spans()) {
                List<SpanPack> ofSpan = packsOf(span);
                if (!ofSpan.isEmpty()) {
                    found.put(span.startMillis(), ofSpan);
                }
            }
            return found;
        });
    }

    @Override
    public Uni<Boolean> lease(Span span, Duration duration) {
        return tables.run("leaseSpan", () -> tables.takeLease(span, duration));
    }

    @Override
    public Uni<Page<StoredSegment>> segments(ReadingPartition bucket) {
        return page("segments", () -> tables.recentTables.of(bucket), MemoryRecent.ORDER, Optional.empty());
    }

    /** A page goes on behind the last item of the one before, whatever was removed meanwhile. */
    private <T> Uni<Page<T>> page(
            String operation, Supplier<? extends Collection<T>> all, Comparator<T> order, Optional<T> after) {
        return tables.run(operation, () -> {
            List<T> found = all.get().stream()
                    .filter(item -> after.isEmpty() || order.compare(item, after.get()) > 0)
                    .sorted(order)
                    .limit(PAGE)
                    .toList();
            return new Page<>(
                    found,
                    found.size() < PAGE
                            ? Optional.empty()
                            : Optional.of(() -> page(operation, all, order, Optional.of(found.get(PAGE - 1)))));
        });
    }

    @Override
    public Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments) {
        return tables.actAt("writePack", micros -> {
            Content content = content(span, pack);
            if (micros > content.removedMicros) {
                segments.forEach(segment -> content.segments.put(segment, segment));
            }
        });
    }

    private Content content(Span span, UUID pack) {
        return history.computeIfAbsent(new PackKey(span, pack), first -> new Content());
    }

    @Override
    public Uni<Page<PackedSegment>> readBack(Span span, UUID pack) {
        return page("readBackPack", () -> content(span, pack).segments.values(), ORDER, Optional.empty());
    }

    @Override
    public Uni<Void> mark(Span span, UUID pack, Set<UUID> replaces) {
        return tables.actAt("markPack", micros -> {
            Marked row = marks.computeIfAbsent(new PackKey(span, pack), first -> new Marked());
            row.times.writtenMicros = Math.max(row.times.writtenMicros, micros);
            row.replaces = replaces;
        });
    }

    @Override
    public Uni<Void> remove(Span span, UUID pack) {
        return tables.actAt("removePack", micros -> remove(span, pack, micros));
    }

    private void remove(Span span, UUID pack, long micros) {
        Content content = content(span, pack);
        content.removedMicros = Math.max(content.removedMicros, micros);
        content.segments.clear();
    }

    @Override
    public Uni<Void> remove(StoredKey key) {
        return tables.act("removeSegment", () -> tables.recentTables.remove(key.key(), key.writtenMicros()));
    }

    @Override
    public Uni<Void> forget(RecentBucket entry) {
        return tables.act(
                "forgetEntry",
                () -> tables.recentTables.removeEntry(entry.partition(), entry.writer(), entry.writtenMicros()));
    }

    @Override
    public Uni<Void> remove(Span span, SpanPack replaced) {
        return tables.actAt("removeReplaced", micros -> {
                    remove(span, replaced.id(), Math.max(micros, replaced.writtenMicros()));
                })
                .chain(() -> tables.act("forgetReplaced", () -> {
                    Marked row = marks.computeIfAbsent(new PackKey(span, replaced.id()), first -> new Marked());
                    row.times.removedMicros = Math.max(row.times.removedMicros, replaced.writtenMicros());
                }));
    }

    @Override
    public Uni<Deletions> deletions() {
        return tables.run("deletions", () -> DeletionsAccess.of(List.copyOf(deleted)));
    }
}
