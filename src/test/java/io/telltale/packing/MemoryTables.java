package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.HistoryAccess;
import io.telltale.store.Layout;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.PackingTables;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.ShardWeek;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tables of one span in memory, with the timestamps of Cassandra. Calls a hook around each operation. */
class MemoryTables implements PackingTables {

    static final SensorType TYPE = new SensorType("packing-test");

    /** What happens around an operation. May throw, as Cassandra may fail before or after it has done its work. */
    interface Hook {
        void at(String operation, boolean isBefore);
    }

    private static final int PAGE = 3;

    private final Layout layout =
            new Layout(TYPE, List.of(new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 1, 3_600_000)));

    record RowKey(String sensorId, long timestampMillis) {}

    final Map<ReadingPartition, TreeMap<RowKey, PackableReading>> rows = new HashMap<>();

    /** The rows whose values are sealed. */
    final Set<RowKey> sealed = new HashSet<>();

    final Map<UUID, List<PackedSegment>> history = new HashMap<>();
    private final Map<UUID, Mark> marks = new HashMap<>();
    private final Map<UUID, Long> tombstones = new HashMap<>();

    /** The replica that calls. */
    UUID replica = UUID.randomUUID();

    private @Nullable UUID leaseHolder;
    private long leaseEndMillis;
    private final Map<UUID, Long> lastMicros = new HashMap<>();

    /** How many milliseconds the clock of a replica is ahead. */
    final Map<UUID, Long> clockOffsets = new HashMap<>();

    boolean hasLeases = true;
    Hook hook = (operation, isBefore) -> {};
    long nowMillis;

    /** Keeps a write for later, or fails as it does. False: it is done now. */
    BiPredicate<String, Runnable> isDelayed = (operation, work) -> false;

    boolean isPackable = true;
    BooleanSupplier isReady = () -> true;

    private <T> Uni<T> run(String operation, Supplier<T> work) {
        return Uni.createFrom().item(() -> {
            hook.at(operation, true);
            T result = work.get();
            hook.at(operation, false);
            return result;
        });
    }

    private Uni<Void> act(String operation, Runnable work) {
        return Uni.createFrom().voidItem().invoke(() -> {
            hook.at(operation, true);
            if (!isDelayed.test(operation, work)) {
                work.run();
            }
            hook.at(operation, false);
        });
    }

    /** Writes a row; of two rows of one millisecond the later record wins. */
    void put(PackableReading reading) {
        rows.computeIfAbsent(
                        layout.partitionOf(reading.sensorId(), reading.timestampMillis()),
                        first -> new TreeMap<>(Comparator.comparing(RowKey::sensorId)
                                .reversed()
                                .thenComparingLong(RowKey::timestampMillis)))
                .merge(
                        new RowKey(reading.sensorId().value(), reading.timestampMillis()),
                        reading,
                        (one, other) -> one.recordTimeMillis() > other.recordTimeMillis() ? one : other);
    }

    /** A mark of a writer, or of a pack of the replica that calls, by the clock of each. */
    Mark nextMark(UUID id, State state) {
        UUID process = clockOffsets.containsKey(id) ? id : replica;
        long now = (nowMillis + clockOffsets.getOrDefault(process, 0L)) * 1_000;
        return new Mark(id, state, lastMicros.merge(process, now, (last, next) -> Math.max(last + 1, next)));
    }

    void put(Mark mark) {
        if (mark.writtenMicros() > tombstones.getOrDefault(mark.id(), Long.MIN_VALUE)) {
            marks.merge(mark.id(), mark, (one, other) -> one.writtenMicros() >= other.writtenMicros() ? one : other);
        }
    }

    private void delete(Mark mark) {
        tombstones.merge(mark.id(), mark.writtenMicros(), Math::max);
        marks.values().removeIf(now -> now.id().equals(mark.id()) && now.writtenMicros() <= mark.writtenMicros());
    }

    SpanMarks current() {
        return new SpanMarks(List.copyOf(marks.values()));
    }

    Layout layout() {
        return layout;
    }

    @Override
    public boolean isReady() {
        return isReady.getAsBoolean();
    }

    @Override
    public boolean isPackable(SensorType type) {
        return isPackable;
    }

    @Override
    public Uni<Page<ShardWeek>> weeks() {
        return run(
                "weeks",
                () -> new Page<>(
                        rows.keySet().stream()
                                .map(partition -> new ShardWeek(
                                        TYPE, partition.shard(), Layout.weekStart(partition.bucketStartMillis())))
                                .distinct()
                                .toList(),
                        Optional.empty()));
    }

    @Override
    public Uni<Layout> layout(SensorType type) {
        return Uni.createFrom().item(layout);
    }

    @Override
    public Uni<Map<Long, SpanMarks>> marks(ShardWeek week) {
        return run(
                "marks", () -> firstSpan().map(span -> Map.of(span, current())).orElse(Map.of()));
    }

    /** The span of all marks and segments: the first one with rows. Others have none, and keep none. */
    private Optional<Long> firstSpan() {
        return rows.keySet().stream()
                .map(partition -> Span.of(partition).startMillis())
                .min(Long::compare);
    }

    private boolean isKept(Span span) {
        return firstSpan().orElse(span.startMillis()) == span.startMillis();
    }

    @Override
    public Uni<SpanMarks> marks(Span span) {
        return run("marks", () -> isKept(span) ? current() : SpanMarks.NONE);
    }

    @Override
    public Uni<Boolean> lease(Span span, Duration duration) {
        return run("lease", () -> {
            if (leaseEndMillis <= nowMillis || !hasLeases) {
                leaseHolder = replica;
            }
            if (replica.equals(leaseHolder)) {
                leaseEndMillis = nowMillis + duration.toMillis();
            }
            return replica.equals(leaseHolder);
        });
    }

    @Override
    public Uni<Page<PackableReading>> rows(ReadingPartition partition, int pageRows) {
        return run("rows", () -> page(partition, null));
    }

    private Page<PackableReading> page(ReadingPartition partition, @Nullable RowKey after) {
        TreeMap<RowKey, PackableReading> all =
                rows.getOrDefault(partition, new TreeMap<>(Comparator.comparing(RowKey::sensorId)));
        List<Map.Entry<RowKey, PackableReading>> found = (after == null ? all : all.tailMap(after, false))
                .entrySet().stream().limit(PAGE).toList();
        if (found.stream().anyMatch(row -> sealed.contains(row.getKey()))) {
            throw HistoryAccess.sealedRow();
        }
        return new Page<>(
                found.stream().map(Map.Entry::getValue).toList(),
                found.size() < PAGE
                        ? Optional.empty()
                        : Optional.of(() -> run(
                                "rows",
                                () -> page(partition, found.get(PAGE - 1).getKey()))));
    }

    @Override
    public Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments) {
        return act("write", () -> {
            history.computeIfAbsent(pack, first -> new ArrayList<>()).addAll(segments);
        });
    }

    @Override
    public Uni<Page<PackedSegment>> readBack(Span span, UUID pack) {
        return run("readBack", () -> new Page<>(List.copyOf(history.getOrDefault(pack, List.of())), Optional.empty()));
    }

    @Override
    public Mark completion(UUID pack) {
        return nextMark(pack, State.PACKED);
    }

    @Override
    public Uni<Void> complete(Span span, Mark completion, SpanMarks seen) {
        return act("complete", () -> {
            if (!isKept(span)) {
                return;
            }
            put(completion);
            for (Mark mark : seen.marks()) {
                switch (mark.state()) {
                    case PACKED -> put(mark.replaced());
                    case WRITING, LATE -> delete(mark);
                    case REPLACED, UNKNOWN -> {}
                }
            }
        });
    }

    @Override
    public Uni<Void> retire(Span span, List<Mark> packs) {
        return act("retire", () -> {
            put(nextMark(replica, State.LATE));
            packs.forEach(pack -> put(pack.replaced()));
        });
    }

    @Override
    public Uni<Void> remove(Span span, UUID pack) {
        return act("remove", () -> {
            history.remove(pack);
        });
    }

    @Override
    public Uni<Void> remove(Span span, Mark replaced) {
        return remove(span, replaced.id());
    }

    @Override
    public Uni<Void> forget(Span span, Mark replaced) {
        return act("forget", () -> {
            delete(replaced);
        });
    }

    static SensorId sensor(int number) {
        return new SensorId("sensor-" + number);
    }
}
