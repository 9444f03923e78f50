package io.telltale.store;

import io.telltale.api.Order;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.WinnerRule;
import java.util.Comparator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Selects the first readings of a range from readings in any order, and of each millisecond the winner. Holds a bounded
 * number, whatever it is given. Thread-safe.
 */
final class SelectedReadings {

    /** The characters of the texts that are held; exceeded by one text. */
    static final long MAX_CHARACTERS = 1 << 20;

    private final RangeRead read;
    private final int most;

    private final Comparator<Long> byTime;

    /** By event time, in the order of the range. */
    private final TreeMap<Long, PackableReading> selected;

    private long characters;
    private boolean isCut;

    /** @param most the highest number to select, at least 1 */
    SelectedReadings(RangeRead read, int most) {
        this.read = read;
        this.most = most;
        this.byTime = read.order() == Order.ASC ? Long::compare : (one, other) -> Long.compare(other, one);
        this.selected = new TreeMap<>(byTime);
    }

    /** Adds the readings of the range's sensor within the range, except deleted ones. */
    synchronized void addAll(ReadingCursor cursor) {
        while (cursor.next()) {
            long millis = cursor.timestampMillis();
            if (isWanted(millis) && !read.isHidden(millis, cursor.recordTimeMillis())) {
                add(PackableReading.of(read.sensor().id(), cursor));
            }
        }
    }

    private void add(PackableReading reading) {
        PackableReading other = selected.get(reading.timestampMillis());
        if (other != null && WinnerRule.ORDER.compare(other, reading) >= 0) {
            return;
        }
        selected.put(reading.timestampMillis(), reading);
        characters += charactersOf(reading) - charactersOf(other);
        while (selected.size() > most || (characters > MAX_CHARACTERS && selected.size() > 1)) {
            characters -= charactersOf(selected.pollLastEntry().getValue());
            isCut = true;
        }
    }

    private static int charactersOf(@Nullable PackableReading reading) {
        return reading == null ? 0 : reading.value().characters();
    }

    /** Whether it may be selected: once readings were left out, those behind the last one are left out, too. */
    private boolean isWanted(long millis) {
        return !isCut || byTime.compare(millis, selected.lastKey()) <= 0;
    }

    /** Whether readings between two instants may be selected. If not, the selection is cut: some may be there. */
    synchronized boolean isOpenTo(long fromMillis, long toMillis) {
        if (!isCut && selected.size() < most) {
            return true;
        }
        long nearest = read.order() == Order.ASC ? fromMillis : toMillis - 1;
        boolean isOpen = byTime.compare(nearest, selected.lastKey()) <= 0;
        isCut |= !isOpen;
        return isOpen;
    }

    /** Whether others follow behind the last one. */
    synchronized boolean isCut() {
        return isCut;
    }

    synchronized long lastMillis() {
        return selected.lastKey();
    }

    /** The selected readings that have not expired. */
    synchronized ReadingPage page(long nowSecond) {
        ReadingPage.Builder page = new ReadingPage.Builder(read.isMerged());
        for (PackableReading reading : selected.values()) {
            if (reading.expirySecond() > nowSecond) {
                page.add(reading.stored(), reading.recordTimeMillis());
            }
        }
        return page.build();
    }
}
