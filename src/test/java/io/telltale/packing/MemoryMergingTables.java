package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.FreshKey;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.Layout;
import io.telltale.store.MergingTables;
import io.telltale.store.MinuteState;
import io.telltale.store.MinuteState.Mark;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentSegment;
import io.telltale.store.UnavailableStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tables of one type in memory, with the timestamps of Cassandra. Calls a hook around each operation. */
class MemoryMergingTables implements MergingTables {

    static final SensorType TYPE = new SensorType("merging-test");

    private static final int PAGE = 3;
    private static final Comparator<FreshKey> ORDER = Comparator.comparing(FreshKey::isLate)
            .thenComparingInt(FreshKey::shard)
            .thenComparing(FreshKey::writer)
            .thenComparingLong(FreshKey::seq);

    private final Layout layout =
            new Layout(TYPE, List.of(new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 2, 900_000)));

    /** A partition of fresh. */
    private static final class Partition {
        final TreeMap<FreshKey, FreshRow> rows = new TreeMap<>(ORDER);
        long removedMicros = Long.MIN_VALUE;
    }

    /** A minute in the index. */
    private static final class Entry {
        long addedMicros = Long.MIN_VALUE;

        @Nullable
        Mark mark;

        long removedMicros = Long.MIN_VALUE;

        boolean isThere() {
            return addedMicros > removedMicros || mark().isPresent();
        }

        Optional<Mark> mark() {
            return Optional.ofNullable(mark).filter(made -> made.writtenMicros() > removedMicros);
        }
    }

    private final Map<FreshMinute, Partition> fresh = new LinkedHashMap<>();
    private final Map<FreshMinute, Entry> entries = new LinkedHashMap<>();
    final MemoryRecent recentTables = new MemoryRecent();
    final Map<RecentSegment.Key, RecentSegment> recent = recentTables.segments;

    /** The replica that calls. */
    UUID replica = UUID.randomUUID();

    private final Map<Object, UUID> holders = new HashMap<>();
    private final Map<Object, Long> leaseEnds = new HashMap<>();
    private final Map<UUID, Long> lastMicros = new HashMap<>();

    /** How many milliseconds the clock of a replica is ahead. */
    final Map<UUID, Long> clockOffsets = new HashMap<>();

    final CompletableFuture<Void> needed = new CompletableFuture<>();
    boolean hasLeases = true;

    /** A type whose minutes cannot be read. */
    Optional<SensorType> failing = Optional.empty();

    boolean isMergeable = true;
    MemoryTables.Hook hook = (operation, isBefore) -> {};
    private final HookFailures hookFailures = new HookFailures();
    long nowMillis;

    /** Keeps a write for later, or fails as it does. False: it is done now. */
    BiPredicate<String, Runnable> isDelayed = (operation, work) -> false;

    <T> Uni<T> run(String operation, Supplier<T> work) {
        return Uni.createFrom().item(() -> {
            hookFailures.call(hook, operation, true);
            T result = work.get();
            hookFailures.call(hook, operation, false);
            return result;
        });
    }

    /** A write has the timestamp of its request, whenever it is done. */
    Uni<Void> act(String operation, Runnable work) {
        return Uni.createFrom().voidItem().invoke(() -> {
            hookFailures.call(hook, operation, true);
            if (!isDelayed.test(operation, work)) {
                work.run();
            }
            hookFailures.call(hook, operation, false);
        });
    }

    void assertHooksPassed() {
        hookFailures.rethrow();
    }

    /** The next write timestamp of a replica. */
    long nextMicros(UUID id) {
        long now = (nowMillis + clockOffsets.getOrDefault(id, 0L)) * 1_000;
        return lastMicros.merge(id, now, (last, next) -> Math.max(last + 1, next));
    }

    void put(FreshMinute minute, FreshRow row) {
        Partition partition = fresh.computeIfAbsent(minute, first -> new Partition());
        if (row.key().writtenMicros() > partition.removedMicros) {
            partition.rows.put(row.key(), row);
        }
    }

    void put(FreshMinute minute, long micros) {
        Entry entry = entries.computeIfAbsent(minute, first -> new Entry());
        entry.addedMicros = Math.max(entry.addedMicros, micros);
    }

    List<FreshRow> freshRows(FreshMinute minute) {
        return List.copyOf(fresh.getOrDefault(minute, new Partition()).rows.values());
    }

    List<MinuteState> states() {
        List<MinuteState> states = new ArrayList<>();
        entries.forEach((minute, entry) -> {
            if (entry.isThere()) {
                states.add(new MinuteState(minute, entry.mark()));
            }
        });
        return states;
    }

    /** As if another replica had removed all. */
    void forgetAll() {
        fresh.clear();
        entries.clear();
    }

    Layout layout() {
        return layout;
    }

    @Override
    public Uni<Void> whenNeeded() {
        return Uni.createFrom().completionStage(needed);
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public boolean isMergeable(SensorType type) {
        return isMergeable;
    }

    @Override
    public Uni<List<SensorType>> types() {
        return run(
                "types", () -> Stream.concat(failing.stream(), Stream.of(TYPE)).toList());
    }

    @Override
    public Uni<List<MinuteState>> minutes(SensorType type) {
        return run("minutes", () -> {
            if (failing.filter(type::equals).isPresent()) {
                throw UnavailableStore.failure();
            }
            return states();
        });
    }

    @Override
    public Uni<Boolean> lease(FreshMinute minute, Duration duration) {
        return run("lease", () -> takeLease(minute, duration));
    }

    boolean takeLease(Object leased, Duration duration) {
        if (leaseEnds.getOrDefault(leased, Long.MIN_VALUE) <= nowMillis || !hasLeases) {
            holders.put(leased, replica);
        }
        boolean isOwn = replica.equals(holders.get(leased));
        if (isOwn) {
            leaseEnds.put(leased, nowMillis + duration.toMillis());
        }
        return isOwn;
    }

    @Override
    public Uni<Page<FreshRow>> rows(FreshMinute minute) {
        return page("rows", minute, null, row -> row);
    }

    @Override
    public Uni<Page<FreshKey>> keys(FreshMinute minute) {
        return page("keys", minute, null, FreshRow::key);
    }

    private <T> Uni<Page<T>> page(
            String operation, FreshMinute minute, @Nullable FreshKey after, Function<FreshRow, T> item) {
        return run(operation, () -> {
            TreeMap<FreshKey, FreshRow> all = fresh.getOrDefault(minute, new Partition()).rows;
            List<FreshRow> found = (after == null ? all : all.tailMap(after, false))
                    .values().stream().limit(PAGE).toList();
            return new Page<>(
                    found.stream().map(item).toList(),
                    found.size() < PAGE
                            ? Optional.empty()
                            : Optional.of(() ->
                                    page(operation, minute, found.get(PAGE - 1).key(), item)));
        });
    }

    @Override
    public Uni<Layout> layout(SensorType type, long latestMillis) {
        return Uni.createFrom().item(layout);
    }

    @Override
    public Uni<Void> write(RecentSegment segment) {
        return actAt("write", micros -> recentTables.put(segment, micros));
    }

    /** Works with the next write timestamp. */
    Uni<Void> actAt(String operation, LongConsumer work) {
        return Uni.createFrom().deferred(() -> {
            long micros = nextMicros(replica);
            return act(operation, () -> work.accept(micros));
        });
    }

    @Override
    public Uni<Void> index(Collection<ReadingPartition> buckets) {
        UUID writer = replica;
        return actAt("index", micros -> buckets.forEach(bucket -> recentTables.putEntry(bucket, writer, micros)));
    }

    @Override
    public Uni<Optional<RecentSegment>> readBack(RecentSegment.Key key) {
        return run("readBack", () -> Optional.ofNullable(recent.get(key)));
    }

    @Override
    public Uni<Void> remove(RecentSegment.Key key) {
        return actAt("removeRecent", micros -> recentTables.remove(key, micros));
    }

    @Override
    public Uni<Void> mark(FreshMinute minute, ByteBuffer content) {
        return actAt("mark", micros -> {
            Entry entry = entries.computeIfAbsent(minute, first -> new Entry());
            entry.addedMicros = Math.max(entry.addedMicros, micros);
            if (entry.mark == null || entry.mark.writtenMicros() < micros) {
                entry.mark = new Mark(content, micros);
            }
        });
    }

    @Override
    public Uni<Void> remove(FreshMinute minute, long micros) {
        return act("remove", () -> {
            Partition partition = fresh.computeIfAbsent(minute, first -> new Partition());
            partition.removedMicros = Math.max(partition.removedMicros, micros);
            partition.rows.keySet().removeIf(key -> key.writtenMicros() <= micros);
        });
    }

    @Override
    public Uni<Void> forget(FreshMinute minute, Mark mark) {
        return act("forget", () -> {
            Entry entry = entries.computeIfAbsent(minute, first -> new Entry());
            entry.removedMicros = Math.max(entry.removedMicros, mark.writtenMicros());
        });
    }

    @Override
    public Uni<Page<FreshMinute>> partitions(int slice) {
        return run(
                "partitions",
                () -> new Page<>(
                        nonEmptyPartitions()
                                .filter(minute -> Math.floorMod(minute.hashCode(), SLICES) == slice)
                                .toList(),
                        Optional.empty()));
    }

    /** The minutes that hold segments. */
    Stream<FreshMinute> nonEmptyPartitions() {
        return fresh.entrySet().stream()
                .filter(partition -> !partition.getValue().rows.isEmpty())
                .map(Map.Entry::getKey);
    }

    @Override
    public Uni<Void> add(FreshMinute minute) {
        return actAt("add", micros -> put(minute, micros));
    }
}
