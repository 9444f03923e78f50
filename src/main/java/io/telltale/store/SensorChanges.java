package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The log of sensors whose metadata a person changed lately, on any replica. One query every few seconds tells a
 * replica which cached sensors to read again. Its cost does not depend on the number of sensors, and the path of a
 * reading does not use it.
 *
 * <p>A change is logged before it is made: if the replica crashes in between, other replicas read a sensor again for
 * nothing, but miss no change. For that delay, and for clock skew, each poll starts two minutes before the last poll.
 */
@Dependent
class SensorChanges {

    /** How long a change is kept. A replica that did not poll for so long must clear its cache. */
    private static final long KEPT_MILLIS = Duration.ofHours(23).toMillis();

    /** Longer than it takes to make a change, and than the clock skew between replicas. */
    private static final long OVERLAP_MILLIS = Duration.ofMinutes(2).toMillis();

    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private final Database database;
    private final Clock clock;
    private volatile long polledMillis;

    @Inject
    SensorChanges(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
        this.polledMillis = clock.millis();
    }

    /** Logs that a sensor is about to change. Completes when that is durable. */
    Uni<Void> add(SensorId id) {
        long nowMillis = clock.millis();
        return database.run(statements -> statements
                        .get(Cql.INSERT_CHANGE)
                        .boundStatementBuilder()
                        .setBytesUnsafe(0, CqlBytes.ofLong(hourOf(nowMillis)))
                        .setBytesUnsafe(1, CqlBytes.ofLong(nowMillis))
                        .setString(2, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Whether the last successful poll is so old that changes after it may be gone. */
    boolean mayHaveMissedChanges() {
        return clock.millis() - polledMillis > KEPT_MILLIS;
    }

    /** The sensors that changed since the last successful poll, or in the two minutes before it. */
    Uni<Set<SensorId>> sinceLastPoll() {
        return Uni.createFrom().deferred(() -> {
            long nowMillis = clock.millis();
            long sinceMillis = Math.max(polledMillis, nowMillis - KEPT_MILLIS) - OVERLAP_MILLIS;
            return Multi.createFrom()
                    .items(LongStream.rangeClosed(sinceMillis / HOUR_MILLIS, (nowMillis + OVERLAP_MILLIS) / HOUR_MILLIS)
                            .boxed())
                    .plug(Concatenation.streams(hour -> Pages.of(changes(hour * HOUR_MILLIS, sinceMillis))))
                    .plug(Concatenation.contents(page -> idsOf(page)))
                    .collect()
                    .in(LinkedHashSet<SensorId>::new, Set::add)
                    .<Set<SensorId>>map(ids -> ids)
                    .invoke(() -> polledMillis = nowMillis);
        });
    }

    private static Set<SensorId> idsOf(AsyncResultSet page) {
        Set<SensorId> ids = new LinkedHashSet<>();
        page.currentPage().forEach(row -> ids.add(new SensorId(Objects.requireNonNull(row.getString(0)))));
        return ids;
    }

    private Uni<AsyncResultSet> changes(long hour, long sinceMillis) {
        return database.run(statements -> statements
                .get(Cql.CHANGES)
                .boundStatementBuilder()
                .setBytesUnsafe(0, CqlBytes.ofLong(hour))
                .setBytesUnsafe(1, CqlBytes.ofLong(sinceMillis))
                .setExecutionProfileName("registry")
                .build());
    }

    private static long hourOf(long millis) {
        return millis - Math.floorMod(millis, HOUR_MILLIS);
    }
}
