package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorType;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Readings from history where a span is packed and unchanged since, else from rows. Rows are also read for spans that
 * may still be open, for short ranges, and at a level that may miss marks: decision 0085.
 */
@Singleton
class PackedReadings implements ReadingSource {

    /** Up to this length rows are as fast: an hour has few partitions. */
    private static final long SHORT_MILLIS = Duration.ofHours(1).toMillis();

    /** More damage has another cause than a disk. */
    private static final int MAX_DAMAGED = 1_000;

    private final RowReadings rows;
    private final HistoryMarks marks;
    private final History history;
    private final Database database;
    private final LateWrites lateWrites;
    private final Clock clock;
    private final long afterMillis;

    /** The spans that this replica has marked because of damage. Once each: the next pack may have the same fault. */
    private final Set<Span> damaged = ConcurrentHashMap.newKeySet();

    private volatile boolean isEnabled;

    /** A span of a range, with its partitions that may hold readings. */
    record SpanPart(Span span, List<ReadingPartition> partitions) {}

    @Inject
    PackedReadings(
            RowReadings rows,
            HistoryMarks marks,
            History history,
            Database database,
            LateWrites lateWrites,
            PackingConfig config,
            Clock clock) {
        this.rows = rows;
        this.marks = marks;
        this.history = history;
        this.database = database;
        this.lateWrites = lateWrites;
        this.clock = clock;
        this.afterMillis = PackingBounds.after(config).toMillis();
        this.isEnabled = config.enabled();
    }

    /** Turns reading of history on or off. */
    void enable(boolean on) {
        isEnabled = on;
    }

    @Override
    public Multi<ReadingPage> readings(List<ReadingPartition> partitions, RangeRead read) {
        if (!isEnabled
                || read.toMillis() - read.fromMillis() <= SHORT_MILLIS
                || !database.isUnionCertain(read.sensor().type(), Database.level(read.consistency()))) {
            return rows.readings(partitions, read);
        }
        long closedBefore = clock.millis() - afterMillis;
        List<SpanPart> parts = parts(partitions);
        Set<Span> interleaved = interleaved(parts);
        return Concatenation.of(
                stretches(parts, part -> part.span().endMillis() <= closedBefore && !interleaved.contains(part.span()))
                        .stream()
                        .map(stretch -> stretch.isPacked()
                                ? closed(stretch.parts(), read)
                                : rows.readings(stretch.partitions(), read))
                        .toList());
    }

    /** Whether history may be read of a type at a level. */
    boolean isUsable(SensorType type, Consistency consistency) {
        return isEnabled && database.isUnionCertain(type, Database.level(consistency));
    }

    /** Spans that end until then may be packed. */
    long closedBeforeMillis() {
        return clock.millis() - afterMillis;
    }

    /** Groups partitions by their span, in their order. */
    private static List<SpanPart> parts(List<ReadingPartition> partitions) {
        List<SpanPart> parts = new ArrayList<>();
        for (ReadingPartition partition : partitions) {
            Span span = Span.of(partition);
            if (parts.isEmpty() || !parts.get(parts.size() - 1).span().equals(span)) {
                parts.add(new SpanPart(span, new ArrayList<>()));
            }
            parts.get(parts.size() - 1).partitions().add(partition);
        }
        return parts;
    }

    /**
     * Spans with partitions of others between theirs: layout versions have moved the sensor to another shard and back.
     * A pack has the readings of all its partitions, so they would not be in order.
     */
    private static Set<Span> interleaved(List<SpanPart> parts) {
        Set<Span> seen = new HashSet<>();
        return parts.stream()
                .map(SpanPart::span)
                .filter(span -> !seen.add(span))
                .collect(Collectors.toSet());
    }

    /** Consecutive spans that are read in the same way. */
    private record Stretch(boolean isPacked, List<SpanPart> parts) {
        List<ReadingPartition> partitions() {
            return parts.stream().flatMap(part -> part.partitions().stream()).toList();
        }
    }

    private static List<Stretch> stretches(List<SpanPart> parts, Predicate<SpanPart> isPackedPart) {
        List<Stretch> stretches = new ArrayList<>();
        for (SpanPart part : parts) {
            boolean isPacked = isPackedPart.test(part);
            if (stretches.isEmpty() || stretches.get(stretches.size() - 1).isPacked() != isPacked) {
                stretches.add(new Stretch(isPacked, new ArrayList<>()));
            }
            stretches.get(stretches.size() - 1).parts().add(part);
        }
        return stretches;
    }

    /** Reads spans that have ended. The marks are read first, and only when these spans are wanted. */
    private Multi<ReadingPage> closed(List<SpanPart> parts, RangeRead read) {
        return Multi.createFrom()
                .deferred(() -> read.remaining().any()
                        ? known(parts, read).onItem().transformToMulti(known -> marked(parts, known, read))
                        : Multi.createFrom().empty());
    }

    private Multi<ReadingPage> marked(List<SpanPart> parts, Known known, RangeRead read) {
        return Concatenation.of(stretches(parts, part -> known.pack(part).isPresent()).stream()
                .map(stretch ->
                        stretch.isPacked() ? packed(stretch, known, read) : rows.readings(stretch.partitions(), read))
                .toList());
    }

    /** Starts the next span while the subscriber handles one, if many readings are wanted. */
    private Multi<ReadingPage> packed(Stretch stretch, Known known, RangeRead read) {
        int ahead = read.remaining().rows() > PackedSpan.FEW_READINGS ? 2 : 1;
        return ReadAhead.inOrder(stretch.parts(), ahead, part -> start(part, known, read))
                .plug(Concatenation.streams(started -> started));
    }

    private Uni<Multi<ReadingPage>> start(SpanPart part, Known known, RangeRead read) {
        if (!read.remaining().any()) {
            return Uni.createFrom().item(Multi.createFrom().empty());
        }
        Uni<Known> fresh = known.isFresh(clock) ? Uni.createFrom().item(known) : known(List.of(part), read);
        return fresh.chain(now -> now.pack(part)
                .map(pack -> new PackedSpan(
                                part, pack, now.since(), read, history, rows, clock, () -> repair(part.span()))
                        .start())
                .orElseGet(() -> Uni.createFrom().item(rows.readings(part.partitions(), read))));
    }

    /** Marks a span as changed, so that it is packed again. */
    private void repair(Span span) {
        if (damaged.size() < MAX_DAMAGED && damaged.add(span)) {
            lateWrites
                    .changed(span)
                    .subscribe()
                    .with(
                            done -> {},
                            // The next read of the segment tries again.
                            failure -> damaged.remove(span));
        }
    }

    private Uni<Known> known(Collection<SpanPart> parts, RangeRead read) {
        Moment since = Moment.now(clock);
        Map<ShardWeek, List<Long>> weeks = parts.stream()
                .collect(Collectors.groupingBy(
                        part -> part.span().week(),
                        LinkedHashMap::new,
                        Collectors.mapping(part -> part.span().startMillis(), Collectors.toList())));
        return Multi.createFrom()
                .iterable(weeks.entrySet())
                .plug(Concatenation.unis(week -> marks.of(
                                week.getKey(),
                                week.getValue().stream()
                                        .mapToLong(Long::longValue)
                                        .min()
                                        .orElseThrow(),
                                week.getValue().stream()
                                                .mapToLong(Long::longValue)
                                                .max()
                                                .orElseThrow()
                                        + 1,
                                Database.level(read.consistency()))
                        .map(found -> new WeekMarks(week.getKey(), found))))
                .collect()
                .asMap(WeekMarks::week, WeekMarks::bySpan)
                .map(byWeek -> new Known(byWeek, since));
    }

    private record WeekMarks(ShardWeek week, Map<Long, SpanMarks> bySpan) {}

    /** Marks as they were read. */
    private record Known(Map<ShardWeek, Map<Long, SpanMarks>> byWeek, Moment since) {

        Optional<UUID> pack(SpanPart part) {
            return byWeek.getOrDefault(part.span().week(), Map.of())
                    .getOrDefault(part.span().startMillis(), SpanMarks.NONE)
                    .pack();
        }

        boolean isFresh(Clock clock) {
            return PackedSpan.isFresh(since, clock);
        }
    }
}
