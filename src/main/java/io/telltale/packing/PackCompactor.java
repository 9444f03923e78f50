package io.telltale.packing;

import io.telltale.packing.PendingRemovals.Removal;
import io.telltale.segment.MergedReadings;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Segment;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.SensorId;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Merges the packs of a span when there are many, and removes packs that are replaced. Holds one page of each pack.
 * Blocks: runs on the packer's thread.
 */
final class PackCompactor {

    /** A read asks each pack of a span. */
    static final int MIN_PACKS = 4;

    /** The packs that are merged at one time. */
    static final int MAX_PACKS = 16;

    private static final Logger log = Logger.getLogger(PackCompactor.class);

    private final SpanTables tables;
    private final PackerWaits waits;
    private final Pace pace;
    private final PendingRemovals removals;
    private final Clock clock;
    private final PackStore store;

    PackCompactor(
            SpanTables tables,
            PackerWaits waits,
            Pace pace,
            PackingMetrics metrics,
            PendingRemovals removals,
            Clock clock) {
        this.tables = tables;
        this.waits = waits;
        this.pace = pace;
        this.removals = removals;
        this.clock = clock;
        this.store = new PackStore(tables::write, tables::readBack, tables::remove, waits, metrics);
    }

    /**
     * Merges the packs of a span while there are many, and has those removed later that are replaced.
     *
     * @param seen its packs, as they were just read
     */
    void compact(Span span, List<SpanPack> seen) {
        List<SpanPack> packs = seen;
        removeReplaced(span, packs);
        while (current(packs).size() >= MIN_PACKS && merge(span)) {
            packs = waits.get(SpanPacks.of(tables, span));
            removeReplaced(span, packs);
        }
    }

    /** The packs that no other replaces. */
    private static List<SpanPack> current(List<SpanPack> packs) {
        Set<UUID> replaced = replaced(packs);
        return packs.stream().filter(pack -> !replaced.contains(pack.id())).toList();
    }

    private static Set<UUID> replaced(List<SpanPack> packs) {
        return packs.stream().flatMap(pack -> pack.replaces().stream()).collect(Collectors.toSet());
    }

    private void removeReplaced(Span span, List<SpanPack> packs) {
        Set<UUID> replaced = replaced(packs);
        for (SpanPack pack : packs) {
            if (replaced.contains(pack.id()) && replacesNone(pack, packs)) {
                removeLater(span, pack);
            }
        }
    }

    /** Whether a pack may go: those that it replaces go first, because without its mark they would count again. */
    private static boolean replacesNone(SpanPack pack, List<SpanPack> marked) {
        return marked.stream().noneMatch(other -> pack.replaces().contains(other.id()));
    }

    private void removeLater(Span span, SpanPack pack) {
        removals.add(new Removal(span, Optional.of(pack.id())), 1, () -> waits.get(tables.remove(span, pack)));
    }

    /** Merges packs into one. Returns false if another replica works on the span, or nothing is left of them. */
    private boolean merge(Span span) {
        Lease lease = new Lease(() -> waits.get(tables.lease(span, Lease.DURATION)), clock);
        if (!lease.take()) {
            return false;
        }
        List<SpanPack> marked = waits.get(SpanPacks.of(tables, span));
        List<SpanPack> sources = current(marked).stream()
                .sorted(Comparator.comparingLong(SpanPack::writtenMicros))
                .limit(MAX_PACKS)
                .toList();
        if (sources.size() < MIN_PACKS) {
            return false;
        }
        UndeletedReadings readings = new UndeletedReadings(span, waits.get(tables.deletions()), pace, waits);
        NewPack pack = new NewPack(store, span, lease, clock);
        try {
            merge(span, sources, lease, reading -> readings.add(pack, reading));
            pack.finish();
            lease.keep();
        } catch (RuntimeException | Error e) {
            pack.removeQuietly();
            if (e instanceof Lease.LostException) {
                return false;
            }
            throw e;
        }
        if (pack.readings() == 0) {
            // All is deleted or has expired, so nothing replaces them.
            sources.stream()
                    .filter(source -> replacesNone(source, marked))
                    .forEach(source -> removeLater(span, source));
            return false;
        }
        // Only what was read. Another packer may have marked a pack meanwhile.
        Set<UUID> replaced = sources.stream().map(SpanPack::id).collect(Collectors.toSet());
        pack.mark(() -> tables.mark(span, pack.id(), replaced));
        log.debugf(
                "Merged packs of %s: pack=%s packs=%d readings=%d", span, pack.id(), sources.size(), pack.readings());
        return true;
    }

    private void merge(Span span, List<SpanPack> packs, Lease lease, Consumer<PackableReading> action) {
        List<PagedItems<PackedSegment>> sources = packs.stream()
                .map(pack -> new PagedItems<>(waits.get(tables.readBack(span, pack.id())), page -> {
                    lease.keep();
                    return waits.after(page);
                }))
                .toList();
        for (Optional<SensorId> sensor = firstSensor(sources); sensor.isPresent(); sensor = firstSensor(sources)) {
            SensorId id = sensor.get();
            MergedReadings merged = new MergedReadings(sources.stream()
                    .map(source -> new SensorReadings(source, id))
                    .toList());
            while (merged.next()) {
                action.accept(new PackableReading(
                        id,
                        merged.timestampMillis(),
                        merged.value(),
                        merged.recordTimeMillis(),
                        merged.originPosition(),
                        merged.originEpoch(),
                        merged.expirySecond()));
            }
        }
    }

    /** The first sensor that is left. Segments of a pack are in the order of sensors, then of event time. */
    private static Optional<SensorId> firstSensor(List<PagedItems<PackedSegment>> sources) {
        return sources.stream()
                .map(PagedItems::current)
                .flatMap(Optional::stream)
                .map(PackedSegment::sensorId)
                .min(Comparator.comparing(SensorId::value));
    }

    /** The readings of one sensor in a pack, which is at the sensor's first segment. */
    private static final class SensorReadings extends ForwardedReading implements ReadingCursor {
        private final PagedItems<PackedSegment> segments;
        private final SensorId sensorId;
        private @Nullable ReadingCursor cursor;

        SensorReadings(PagedItems<PackedSegment> segments, SensorId sensorId) {
            this.segments = segments;
            this.sensorId = sensorId;
        }

        @Override
        public boolean next() {
            while (cursor == null || !cursor.next()) {
                Optional<PackedSegment> following = segments.current();
                if (following.isEmpty() || !following.get().sensorId().equals(sensorId)) {
                    return false;
                }
                cursor = Segment.open(following.get().segment()).readings();
                segments.advance();
            }
            return true;
        }

        @Override
        SegmentReading reading() {
            return Objects.requireNonNull(cursor, "next() has not returned true");
        }

        @Override
        public long sensor() {
            return PackedSegment.SENSOR_KEY;
        }
    }
}
