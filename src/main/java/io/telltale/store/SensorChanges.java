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
 * The sensors of which a person set something lately, on whatever replica: one query every few seconds tells a replica
 * which of the sensors it holds to look up again. That costs the same for ten sensors and for ten million, and nothing
 * on the way of a reading.
 *
 * <p>A change is noted before it is made, so that a replica that dies in between leaves no change that nobody heard of.
 * For that, and for clocks that differ, each question goes two minutes further back than the one before ended.
 */
@Dependent
class SensorChanges {

    /** How long a change is told. A replica that asked for nothing so long has to forget what it held. */
    private static final long KEPT_MILLIS = Duration.ofHours(23).toMillis();

    /** Longer than the making of a change takes, and than clocks of replicas may differ. */
    private static final long OVERLAP_MILLIS = Duration.ofMinutes(2).toMillis();

    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private final Database database;
    private final Clock clock;
    private volatile long askedMillis;

    @Inject
    SensorChanges(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
        this.askedMillis = clock.millis();
    }

    /** Notes that a sensor is about to change. Completes when that is durable. */
    Uni<Void> note(SensorId id) {
        long nowMillis = clock.millis();
        return database.run(statements -> statements
                        .get(Cql.NOTE_CHANGE)
                        .boundStatementBuilder()
                        .setBytesUnsafe(0, CqlBytes.ofLong(hourOf(nowMillis)))
                        .setBytesUnsafe(1, CqlBytes.ofLong(nowMillis))
                        .setString(2, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Whether it is so long since the last answer that changes may have been missed. */
    boolean mayHaveMissedSome() {
        return clock.millis() - askedMillis > KEPT_MILLIS;
    }

    /** The sensors that changed since the last answer, and in the two minutes before that. */
    Uni<Set<SensorId>> sinceLastAsked() {
        return Uni.createFrom().deferred(() -> {
            long nowMillis = clock.millis();
            long sinceMillis = Math.max(askedMillis, nowMillis - KEPT_MILLIS) - OVERLAP_MILLIS;
            return Multi.createFrom()
                    .items(LongStream.rangeClosed(sinceMillis / HOUR_MILLIS, (nowMillis + OVERLAP_MILLIS) / HOUR_MILLIS)
                            .boxed())
                    .plug(Concatenation.streams(hour -> Pages.of(changes(hour * HOUR_MILLIS, sinceMillis))))
                    .plug(Concatenation.contents(page -> idsOf(page)))
                    .collect()
                    .in(LinkedHashSet<SensorId>::new, Set::add)
                    .<Set<SensorId>>map(ids -> ids)
                    .invoke(() -> askedMillis = nowMillis);
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
