package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.segment.DamagedSegmentException;
import io.telltale.segment.Segment;
import io.telltale.segment.UnsupportedSegmentVersionException;
import io.telltale.store.History.Found;
import io.telltale.streams.Concatenation;
import java.util.List;
import java.util.UUID;

/** Adds the readings of a sensor in one pack to a selection, segment by segment, as long as it is open. Used once. */
final class SelectedPack {

    /** Segments per request: about 15 KB. */
    private static final int SEGMENTS = 2;

    private final History history;
    private final Span span;
    private final UUID pack;
    private final RangeRead read;
    private final SelectedReadings selected;
    private final DefaultConsistencyLevel level;
    private final boolean isAscending;

    /** The start of the last segment that was read; before that, what lies just outside of the range. */
    private long lastStartMillis;

    private boolean isDone;

    SelectedPack(History history, Span span, UUID pack, RangeRead read, SelectedReadings selected) {
        this.history = history;
        this.span = span;
        this.pack = pack;
        this.read = read;
        this.selected = selected;
        this.level = Database.level(read.consistency());
        this.isAscending = read.order() == Order.ASC;
        this.lastStartMillis = isAscending ? read.fromMillis() - 1 : read.toMillis();
    }

    Uni<Void> select() {
        return first().chain(() -> isDone
                ? Uni.createFrom().voidItem()
                : Concatenation.repeated(this::next, any -> !isDone)
                        .collect()
                        .last()
                        .replaceWithVoid());
    }

    /** The segment that begins before the range may reach into it. */
    private Uni<List<Found>> first() {
        if (!isAscending || read.fromMillis() <= span.startMillis()) {
            return next();
        }
        return Uni.join()
                .all(history.at(span, pack, read.sensor().id(), read.fromMillis() - 1, level), between())
                .andFailFast()
                .map(both -> {
                    add(both.get(0));
                    return addNext(both.get(1));
                });
    }

    private Uni<List<Found>> next() {
        return between().map(this::addNext);
    }

    private Uni<List<Found>> between() {
        return Uni.createFrom()
                .deferred(() -> history.between(
                        span,
                        pack,
                        read.sensor().id(),
                        isAscending ? lastStartMillis : span.startMillis() - 1,
                        isAscending ? read.toMillis() : lastStartMillis,
                        read.order(),
                        SEGMENTS,
                        level));
    }

    private List<Found> addNext(List<Found> found) {
        add(found);
        if (!found.isEmpty()) {
            lastStartMillis = found.get(found.size() - 1).startMillis();
        }
        isDone = found.size() < SEGMENTS
                || (isAscending
                        ? !selected.isOpenTo(lastStartMillis + 1, read.toMillis())
                        : lastStartMillis <= read.fromMillis()
                                || !selected.isOpenTo(read.fromMillis(), lastStartMillis));
        return found;
    }

    private void add(List<Found> found) {
        for (Found segment : found) {
            try {
                selected.addAll(Segment.open(segment.bytes()).readings(PackedSegment.SENSOR_KEY, read.range()));
            } catch (DamagedSegmentException | UnsupportedSegmentVersionException e) {
                throw new IllegalStateException(
                        "a segment of a pack cannot be read, and nothing else has its readings: "
                                + "sensor=%s %s pack=%s start=%d"
                                        .formatted(read.sensor().id(), span, pack, segment.startMillis()),
                        e);
            }
        }
    }
}
