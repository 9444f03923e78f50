package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.store.RecentReadings.Slice;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Readings from segments: fresh ones, in the order of arrival; recent ones, which hold the minutes that are merged; and
 * packs, which hold the recent ones of spans that have ended. One pass reads a slice of a range: first the marks of
 * minutes, then which packs and buckets exist, then these and the minutes without a mark. It selects the next readings
 * in the order of the range. Decisions 0092 and 0093 say why it misses none.
 */
@Singleton
class FreshReadings {

    /** The readings of one pass. */
    private static final int PASS_READINGS = 4_000;

    /** A further pass selects so many times as many: the readings of the one before may all have expired. */
    private static final int GROWTH = 8;

    /** Up to so many readings, buckets and packs are read one by one: the first one may suffice. */
    private static final int FEW_READINGS = 100;

    private static final int CONCURRENT = 4;

    /** Of {@link FreshEncoder#MAX_BYTES} at most: a megabyte. */
    private static final int PAGE_ROWS = 64;

    /** A merged minute, and what is packed, is removed later than this after its marks were read. */
    static final Duration USABLE = Duration.ofMinutes(1);

    private static final int ATTEMPTS = 3;

    /** No reading is as far ahead of its arrival, whatever the clocks. */
    private static final long MAX_AHEAD_MILLIS = Duration.ofHours(1).toMillis();

    private static final ReadingPage NONE = new ReadingPage(List.of());

    private final Database database;
    private final FreshMinutes minutes;
    private final RecentReadings recent;
    private final Clock clock;

    /**
     * What a pass has read.
     *
     * @param most the most readings it selects
     * @param isMarkCertain whether a mark shows that the read sees what is elsewhere. At another level it may be
     *     visible before. Then what it replaces is read, too, while it exists
     */
    private record Pass(Slice slice, SelectedReadings selected, int most, boolean isMarkCertain) {}

    @Inject
    FreshReadings(Database database, History history, Clock clock) {
        this.database = database;
        this.minutes = new FreshMinutes(database);
        this.recent = new RecentReadings(database, history);
        this.clock = clock;
    }

    /** The readings of a range in its order, on demand, without deleted and expired ones. No page is empty. */
    Multi<ReadingPage> readings(Layout layout, RangeRead read) {
        return Multi.createFrom()
                .deferred(() -> {
                    Passes passes = new Passes(layout, read);
                    return Concatenation.repeated(passes::next, page -> passes.isMore);
                })
                .filter(page -> !page.isEmpty());
    }

    /** Reads a range in passes. */
    private final class Passes {
        private final Layout layout;
        private RangeRead rest;
        private long atLeast = 1;
        private boolean isMore = true;

        Passes(Layout layout, RangeRead read) {
            this.layout = layout;
            this.rest = read;
        }

        Uni<ReadingPage> next() {
            if (!rest.remaining().any() || rest.fromMillis() >= rest.toMillis()) {
                isMore = false;
                return Uni.createFrom().item(NONE);
            }
            int most = (int) Math.min(Math.max(rest.remaining().rows(), atLeast), PASS_READINGS);
            atLeast = (long) GROWTH * most;
            return pass(layout, rest, most, ATTEMPTS).map(this::page);
        }

        private ReadingPage page(Pass pass) {
            SelectedReadings selected = pass.selected();
            isMore = selected.isCut() || !pass.slice().isLast();
            if (isMore) {
                rest = selected.isCut()
                        ? rest.behind(selected.lastMillis())
                        : rest.behind(pass.slice().range());
            }
            return selected.page(Math.floorDiv(clock.millis(), 1_000L));
        }
    }

    /**
     * Reads the first readings of a range. The marks come first: what is merged by then is in the recent segments, and
     * what is not is in the fresh ones for longer than this may take. If it took longer, it is repeated.
     */
    private Uni<Pass> pass(Layout layout, RangeRead read, int most, int attempts) {
        return Uni.createFrom().deferred(() -> {
            Moment start = Moment.now(clock);
            DefaultConsistencyLevel level = Database.level(read.consistency());
            boolean isMarkCertain = database.isUnionCertain(read.sensor().type(), level);
            return minutes.of(read.sensor().type(), level)
                    .chain(marked -> recent.slice(layout, read, isMarkCertain).chain(slice -> {
                        Pass pass = new Pass(slice, new SelectedReadings(slice.range(), most), most, isMarkCertain);
                        return selectFresh(pass, marked)
                                .chain(() -> selectMerged(pass))
                                .replaceWith(pass);
                    }))
                    .chain(pass -> {
                        if (!start.isOlderThan(USABLE, clock)) {
                            return Uni.createFrom().item(pass);
                        }
                        return attempts > 1
                                ? pass(layout, read, most, attempts - 1)
                                : Uni.createFrom()
                                        .failure(new StoreUnavailableException(
                                                "reading segments took longer than " + USABLE.toSeconds() + " s"));
                    });
        });
    }

    private Uni<Void> selectFresh(Pass pass, List<MinuteState> marked) {
        RangeRead range = pass.slice().range();
        return Multi.createFrom()
                .iterable(marked)
                .filter(state -> state.mark().isEmpty() || !pass.isMarkCertain())
                .map(MinuteState::minute)
                .filter(minute -> !lateness(minute, range).isEmpty())
                .onItem()
                .transformToUni(minute -> select(minute, range, pass.selected()))
                .merge(CONCURRENT)
                .collect()
                .last();
    }

    /** Which segments of a minute may have readings of a range: those on time, late ones, both or none. */
    private static List<Boolean> lateness(FreshMinute minute, RangeRead read) {
        long horizon = minute.startMillis() - FreshWriter.HORIZON.toMillis();
        List<Boolean> lateness = new ArrayList<>(2);
        if (read.toMillis() > horizon && read.fromMillis() < minute.startMillis() + MAX_AHEAD_MILLIS) {
            lateness.add(false);
        }
        if (read.fromMillis() < horizon) {
            lateness.add(true);
        }
        return lateness;
    }

    private Uni<Void> select(FreshMinute minute, RangeRead read, SelectedReadings selected) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.FRESH)
                        .boundStatementBuilder()
                        .setString(0, read.sensor().type().name())
                        .setInt(1, minute.lane().number())
                        .setBytesUnsafe(2, CqlBytes.ofLong(minute.startMillis()))
                        .setList(3, lateness(minute, read), Boolean.class)
                        .setList(4, FreshSegment.shardsOf(read.sensor().id()), Integer.class)
                        .setPageSize(PAGE_ROWS)
                        .setConsistencyLevel(Database.level(read.consistency()))
                        .setExecutionProfileName("read")
                        .build()))
                .invoke(page -> RecentReadings.add(page, read, selected))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** One place after the other where few readings are wanted: the first one may suffice. */
    private static Uni<Void> selectMerged(Pass pass) {
        SelectedReadings selected = pass.selected();
        return Multi.createFrom()
                .iterable(pass.slice().places())
                .onItem()
                .transformToUni(place -> Uni.createFrom()
                        .deferred(() -> selected.isOpenTo(place.startMillis(), place.endMillis())
                                ? place.select().apply(selected)
                                : Uni.createFrom().voidItem()))
                .merge(pass.most() <= FEW_READINGS ? 1 : CONCURRENT)
                .collect()
                .last();
    }
}
