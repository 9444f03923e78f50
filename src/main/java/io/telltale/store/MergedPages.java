package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.streams.Concatenation;
import io.telltale.streams.PulledStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The union of several sources of one sensor's readings. Of readings of one millisecond only the winner is given: the
 * one with the later record time, then the one with the greater origin. So any number of duplicates is harmless.
 *
 * <p>Holds one page of each source, and requests the next one when that is used up. So memory is bounded by the
 * sources, and the subscriber's demand reaches them.
 */
final class MergedPages {

    private static final ReadingPage NONE = new ReadingPage(List.of());

    private final List<Source> sources;
    private final Order order;

    private MergedPages(List<Source> sources, Order order) {
        this.sources = sources;
        this.order = order;
    }

    /**
     * Merges streams of pages. A single one passes without a merge.
     *
     * @param streams each in the given order and, if there are several, with record times. They may leave out deleted
     *     readings: a deletion that covers the winner also covers those that it wins over
     */
    static Multi<List<StoredReading>> of(List<Multi<ReadingPage>> streams, Order order) {
        if (streams.size() == 1) {
            return streams.get(0).map(ReadingPage::readings);
        }
        return Multi.createFrom().deferred(() -> {
            MergedPages merged =
                    new MergedPages(streams.stream().map(Source::new).toList(), order);
            return Concatenation.repeated(merged::next, last -> merged.isMore())
                    .filter(readings -> !readings.isEmpty())
                    .onTermination()
                    .invoke(() -> merged.sources.forEach(Source::cancel));
        });
    }

    private boolean isMore() {
        return sources.stream().anyMatch(source -> source.isUsedUp() || source.hasReading());
    }

    private Uni<List<StoredReading>> next() {
        return Uni.join()
                .all(sources.stream().filter(Source::isUsedUp).map(Source::pull).toList())
                .andFailFast()
                .map(pulled -> merge());
    }

    /** Merges until the page of a source is used up. */
    private List<StoredReading> merge() {
        List<StoredReading> merged = new ArrayList<>();
        for (Source first = first(); first != null; first = first()) {
            StoredReading winner = first.reading();
            merged.add(winner);
            for (Source source : sources) {
                if (source.hasReading() && source.reading().timestampMillis() == winner.timestampMillis()) {
                    source.at++;
                }
            }
        }
        return merged;
    }

    /** The source whose reading is next; null if that is unknown, or if there is none. */
    private @Nullable Source first() {
        Source first = null;
        for (Source source : sources) {
            if (source.isUsedUp()) {
                return null;
            }
            if (source.hasReading() && (first == null || isBefore(source, first))) {
                first = source;
            }
        }
        return first;
    }

    private boolean isBefore(Source one, Source other) {
        long millis = one.reading().timestampMillis();
        long otherMillis = other.reading().timestampMillis();
        return millis == otherMillis ? wins(one, other) : (millis < otherMillis) == (order == Order.ASC);
    }

    private static boolean wins(Source one, Source other) {
        int order = Long.compare(one.recordTimeMillis(), other.recordTimeMillis());
        if (order == 0) {
            order = one.reading().origin().compareTo(other.reading().origin());
        }
        return order > 0;
    }

    /** One stream, and the position in its current page. */
    private static final class Source {
        private final PulledStream<ReadingPage> stream;
        private ReadingPage page = NONE;
        private int at;
        private boolean isEnded;

        Source(Multi<ReadingPage> pages) {
            this.stream = new PulledStream<>(pages);
        }

        boolean hasReading() {
            return at < page.size();
        }

        /** Whether its next reading is unknown. */
        boolean isUsedUp() {
            return !hasReading() && !isEnded;
        }

        StoredReading reading() {
            return page.readings().get(at);
        }

        long recordTimeMillis() {
            return page.recordTimes()[at];
        }

        Uni<Void> pull() {
            return stream.next().invoke(this::turn).replaceWithVoid();
        }

        private void turn(Optional<ReadingPage> next) {
            page = next.orElse(NONE);
            at = 0;
            isEnded = next.isEmpty();
        }

        void cancel() {
            stream.cancel();
        }
    }
}
