package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.segment.DamagedSegmentException;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Segment;
import io.telltale.segment.UnsupportedSegmentVersionException;
import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.History.Found;
import io.telltale.store.PackedReadings.SpanPart;
import io.telltale.streams.Concatenation;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Reads a range of one packed span. Falls back to rows, for the rest of the span, where a segment is damaged, and where
 * the pack may have been removed since its mark was read.
 */
final class PackedSpan {

    /** A replaced pack is removed later than this after its mark was read. */
    private static final Duration FRESH = Duration.ofMinutes(1);

    /** About a segment. */
    static final int FEW_READINGS = 4_000;

    /** Segments per request if many readings are wanted: about 15 KB. */
    private static final int SEGMENTS = 2;

    private static final RateLimitedLog DAMAGED =
            new RateLimitedLog(Logger.getLogger(PackedSpan.class), Logger.Level.ERROR);

    private final SpanPart part;
    private final UUID pack;
    private final Moment marked;
    private final RangeRead read;
    private final History history;
    private final ReadingSource rows;
    private final Clock clock;
    private final Runnable damaged;

    /** The event time of the last reading that was decoded, and the start of the last segment. */
    private long lastMillis;

    private long lastStartMillis;

    /** Whether no segment follows. */
    private boolean isDone;

    /** Whether rows give the rest. */
    private boolean isFromRows;

    /**
     * @param marked when the request of the marks was sent
     * @param damaged called for a damaged segment
     */
    PackedSpan(
            SpanPart part,
            UUID pack,
            Moment marked,
            RangeRead read,
            History history,
            ReadingSource rows,
            Clock clock,
            Runnable damaged) {
        this.damaged = damaged;
        this.part = part;
        this.pack = pack;
        this.marked = marked;
        this.read = read;
        this.history = history;
        this.rows = rows;
        this.clock = clock;
        this.lastMillis = isAscending() ? read.fromMillis() - 1 : read.toMillis();
        this.lastStartMillis = lastMillis;
    }

    static boolean isFresh(Moment marked, Clock clock) {
        return !marked.isOlderThan(FRESH, clock);
    }

    private boolean isAscending() {
        return read.order() == Order.ASC;
    }

    /** Reads the first segments. The result is all readings, the rest on demand. */
    Uni<Multi<ReadingPage>> start() {
        return first().map(found -> Concatenation.of(List.of(
                Multi.createFrom().deferred(() -> readings(found)),
                Multi.createFrom().deferred(this::rest))));
    }

    private Multi<ReadingPage> rest() {
        return isDone || isFromRows
                ? Multi.createFrom().empty()
                : Concatenation.repeated(this::next, any -> !isDone).plug(Concatenation.streams(this::readings));
    }

    private Uni<List<Found>> first() {
        if (!isAscending() || read.fromMillis() <= part.span().startMillis()) {
            return next();
        }
        return Uni.join()
                .all(
                        history.at(
                                part.span(),
                                pack,
                                read.sensor().id(),
                                read.fromMillis() - 1,
                                Database.level(read.consistency())),
                        next())
                .andFailFast()
                .map(both -> {
                    List<Found> all = new ArrayList<>(both.get(0));
                    all.addAll(both.get(1));
                    return all;
                });
    }

    private Uni<List<Found>> next() {
        if (isDone || isFromRows || !read.remaining().any()) {
            isDone = true;
            return Uni.createFrom().item(List.of());
        }
        int limit = read.remaining().rows() > FEW_READINGS ? SEGMENTS : 1;
        long spanStart = part.span().startMillis();
        return history.between(
                        part.span(),
                        pack,
                        read.sensor().id(),
                        isAscending() ? lastStartMillis : spanStart - 1,
                        isAscending() ? read.toMillis() : lastStartMillis,
                        read.order(),
                        limit,
                        Database.level(read.consistency()))
                .invoke(found -> isDone = found.size() < limit);
    }

    /** The readings of segments; after a damaged one, those of rows behind the last good segment. */
    private Multi<ReadingPage> readings(List<Found> found) {
        if (isFromRows) {
            return Multi.createFrom().empty();
        }
        if (!isFresh(marked, clock)) {
            return fromRows();
        }
        List<ReadingPage> pages = new ArrayList<>();
        for (Found segment : found) {
            try {
                pages.add(decode(segment));
            } catch (DamagedSegmentException | UnsupportedSegmentVersionException e) {
                DAMAGED.say(
                        "History is damaged, its readings come from rows: sensor=%s %s pack=%s segment from %d ms: %s"
                                .formatted(
                                        read.sensor().id(), part.span(), pack, segment.startMillis(), e.getMessage()));
                if (e instanceof DamagedSegmentException) {
                    damaged.run();
                }
                return Concatenation.of(List.of(nonEmpty(pages), fromRows()));
            }
            lastStartMillis = segment.startMillis();
            isDone |= !isAscending() && segment.startMillis() <= read.fromMillis();
        }
        return nonEmpty(pages);
    }

    private Multi<ReadingPage> nonEmpty(List<ReadingPage> pages) {
        return Multi.createFrom().iterable(pages).filter(page -> !page.isEmpty());
    }

    private Multi<ReadingPage> fromRows() {
        isFromRows = true;
        return rows.readings(unread(), read.behind(lastMillis));
    }

    /**
     * The partitions that may hold readings behind the last one: a bucket ends where the next one starts, or before.
     */
    private List<ReadingPartition> unread() {
        List<ReadingPartition> all = part.partitions();
        if (!isAscending()) {
            return all.stream()
                    .filter(partition -> partition.bucketStartMillis() < lastMillis)
                    .toList();
        }
        int first = 0;
        while (first + 1 < all.size() && all.get(first + 1).bucketStartMillis() <= lastMillis + 1) {
            first++;
        }
        return all.subList(first, all.size());
    }

    private ReadingPage decode(Found segment) {
        long nowSecond = Math.floorDiv(clock.millis(), 1_000L);
        TimeRange range = new TimeRange(
                Math.max(Reading.MIN_TIMESTAMP_MILLIS, read.fromMillis()),
                Math.min(Reading.MAX_TIMESTAMP_MILLIS, read.toMillis()));
        ReadingPage.Builder readings = new ReadingPage.Builder(read.isMerged());
        ReadingCursor cursor = Segment.open(segment.bytes()).readings(PackedSegment.SENSOR_KEY, range);
        while (cursor.next()) {
            if (cursor.expirySecond() > nowSecond
                    && (read.hiding().isEmpty()
                            || !read.isHidden(cursor.timestampMillis(), cursor.recordTimeMillis()))) {
                readings.add(
                        new StoredReading(
                                cursor.timestampMillis(),
                                cursor.value(),
                                RecordOrigin.of(cursor.originEpoch(), cursor.originPosition())),
                        cursor.recordTimeMillis());
            }
        }
        ReadingPage page = isAscending() ? readings.build() : readings.reversed();
        if (!page.isEmpty()) {
            lastMillis = page.readings().get(page.size() - 1).timestampMillis();
        }
        return page;
    }
}
