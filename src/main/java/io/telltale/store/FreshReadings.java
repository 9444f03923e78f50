package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Readings from fresh segments. These are in the order of arrival, so one pass reads all minutes that may hold some of
 * a range, and selects the next readings in the order of the range. A range with more of them takes further passes.
 */
@Singleton
class FreshReadings {

    /** The readings of one pass. */
    private static final int PASS_READINGS = 4_000;

    private static final int CONCURRENT_MINUTES = 4;
    private static final int PAGE_ROWS = 128;

    /** No reading is as far ahead of its arrival, whatever the clocks. */
    private static final long MAX_AHEAD_MILLIS = Duration.ofHours(1).toMillis();

    private final Database database;
    private final Clock clock;

    private static final ReadingPage NONE = new ReadingPage(List.of());

    /**
     * A minute to read.
     *
     * @param lateness which of its segments may have readings of the range
     */
    private record Minute(int lane, long startMillis, List<Boolean> lateness) {

        static Minute of(Row row, RangeRead read) {
            long start = CqlBytes.toLong(row.getBytesUnsafe(0));
            long horizon = start - FreshWriter.HORIZON.toMillis();
            List<Boolean> lateness = new ArrayList<>(2);
            if (read.toMillis() > horizon && read.fromMillis() < start + MAX_AHEAD_MILLIS) {
                lateness.add(false);
            }
            if (read.fromMillis() < horizon) {
                lateness.add(true);
            }
            return new Minute(row.getInt(1), start, lateness);
        }
    }

    @Inject
    FreshReadings(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** The readings of a range in its order, page by page on demand; no deleted or expired ones. No page is empty. */
    Multi<ReadingPage> readings(RangeRead read) {
        return Multi.createFrom()
                .deferred(() -> {
                    Passes passes = new Passes(read);
                    return Concatenation.repeated(passes::next, page -> passes.isMore);
                })
                .filter(page -> !page.isEmpty());
    }

    /** Reads a range in passes. */
    private final class Passes {
        private RangeRead rest;
        private boolean isMore = true;

        Passes(RangeRead read) {
            this.rest = read;
        }

        Uni<ReadingPage> next() {
            int most = (int) Math.min(rest.remaining().rows(), PASS_READINGS);
            if (most == 0) {
                isMore = false;
                return Uni.createFrom().item(NONE);
            }
            SelectedReadings selected = new SelectedReadings(rest, most);
            return minutes(rest)
                    .onItem()
                    .transformToMulti(minutes -> Multi.createFrom().iterable(minutes))
                    .onItem()
                    .transformToUni(minute -> select(minute, rest, selected))
                    .merge(CONCURRENT_MINUTES)
                    .collect()
                    .last()
                    .map(read -> page(selected));
        }

        private ReadingPage page(SelectedReadings selected) {
            isMore = selected.isCut();
            if (isMore) {
                rest = rest.behind(selected.lastMillis());
            }
            return selected.page(Math.floorDiv(clock.millis(), 1_000L));
        }
    }

    /** The minutes that may hold readings of a range. */
    private Uni<List<Minute>> minutes(RangeRead read) {
        return database.run(statements -> statements
                        .get(Cql.FRESH_MINUTES)
                        .boundStatementBuilder()
                        .setString(0, read.sensor().type().name())
                        .setConsistencyLevel(Database.level(read.consistency()))
                        .setExecutionProfileName("read")
                        .build())
                .chain(first -> Pages.of(Uni.createFrom().item(first))
                        .collect()
                        .in(ArrayList::new, (minutes, page) -> addMinutes(minutes, page, read)));
    }

    private static void addMinutes(List<Minute> minutes, AsyncResultSet page, RangeRead read) {
        for (Row row : page.currentPage()) {
            Minute minute = Minute.of(row, read);
            if (!minute.lateness().isEmpty()) {
                minutes.add(minute);
            }
        }
    }

    private Uni<Void> select(Minute minute, RangeRead read, SelectedReadings selected) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.FRESH)
                        .boundStatementBuilder()
                        .setString(0, read.sensor().type().name())
                        .setInt(1, minute.lane())
                        .setBytesUnsafe(2, CqlBytes.ofLong(minute.startMillis()))
                        .setList(3, minute.lateness(), Boolean.class)
                        .setList(4, FreshSegment.shardsOf(read.sensor().id()), Integer.class)
                        .setPageSize(PAGE_ROWS)
                        .setConsistencyLevel(Database.level(read.consistency()))
                        .setExecutionProfileName("read")
                        .build()))
                .invoke(page -> {
                    for (Row row : page.currentPage()) {
                        FreshSegment.readings(
                                        CqlBytes.present(row.getBytesUnsafe(0)),
                                        CqlBytes.present(row.getBytesUnsafe(1)),
                                        read.sensor().id(),
                                        range(read))
                                .ifPresent(selected::addAll);
                    }
                })
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static TimeRange range(RangeRead read) {
        return new TimeRange(
                Math.max(Reading.MIN_TIMESTAMP_MILLIS, read.fromMillis()),
                Math.min(Reading.MAX_TIMESTAMP_MILLIS, read.toMillis()));
    }
}
