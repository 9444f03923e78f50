package io.telltale.store;

import com.datastax.oss.driver.api.core.AsyncPagingIterable;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was deleted, as all replicas know it. A deletion is a fact that stays: ingest drops what it covers and reads leave it
 * out, whatever Cassandra still has; tombstones ({@link DeletionSweep}) only free the space.
 *
 * <p>Facts are few, so every replica holds all of them. It asks every three seconds whether there are new ones, which
 * is one row, and reads them anew if there are; what it goes by is never older than ten seconds. Only reads at a level below the
 * usual one go by less, and only while the usual one cannot be had.
 */
@Singleton
public class DeletionLog {

    private static final Duration ASKED_EVERY = Duration.ofSeconds(3);
    private static final long KEPT_NANOS = Duration.ofSeconds(10).toNanos();
    /** A replica that died between a fact and the news of it had not acknowledged the fact; soon it counts all the same. */
    private static final long READ_ANEW_NANOS = Duration.ofMinutes(1).toNanos();

    private final Database database;
    private final int maxDeletions;
    private volatile @Nullable Known known;
    private @Nullable Uni<Known> asking;
    private @Nullable Cancellable ticks;

    /** By level; all who read at it while an answer is young share that. */
    private final Map<Consistency, Weak> weakly = new ConcurrentHashMap<>();

    /**
     * What is known.
     *
     * @param askedNanos when it was asked for
     * @param readNanos when the facts themselves were
     * @param revision which state of the facts it is; empty as long as there was none
     * @param unswept those whose tombstones may not all be written
     */
    private record Known(
            long askedNanos, long readNanos, Optional<UUID> revision, Deletions deletions, List<Deletion> unswept) {

        boolean isStill(Optional<UUID> revisionNow, long nowNanos) {
            return revision.equals(revisionNow) && nowNanos - readNanos < READ_ANEW_NANOS;
        }

        Known askedAgain(long nowNanos) {
            return new Known(nowNanos, readNanos, revision, deletions, unswept);
        }
    }

    /** What was asked for at a level below the usual one, while that could not be had. */
    private record Weak(long askedNanos, Uni<Deletions> answer) {}

    /** One row. */
    private record Fact(Deletion deletion, boolean isSwept) {}

    @Inject
    DeletionLog(Database database, StoreConfig config) {
        this.database = database;
        this.maxDeletions = Bounds.within("telltale.storage.deletions", config.deletions(), 1, 1_000_000);
    }

    void start(@Observes StartupEvent start) {
        ticks = Multi.createFrom()
                .ticks()
                .every(ASKED_EVERY)
                .onOverflow()
                .drop()
                // A failure shows where somebody needs to know: there it is asked again.
                .plug(Concatenation.unis(tick -> ask(false).onFailure().recoverWithNull()))
                .subscribe()
                .with(done -> {});
    }

    void stop(@Observes ShutdownEvent stop) {
        if (ticks != null) {
            ticks.cancel();
        }
    }

    /**
     * What was deleted, at most ten seconds ago or now.
     *
     * @return fails with {@link StoreUnavailableException} if that is not known and Cassandra does not say
     */
    public Uni<Deletions> known() {
        return Uni.createFrom().deferred(() -> {
            Known now = known;
            return now != null && System.nanoTime() - now.askedNanos < KEPT_NANOS
                    ? Uni.createFrom().item(now.deletions)
                    : ask(false).map(Known::deletions);
        });
    }

    /**
     * The same, to read by at some level. Whoever asks fewer replicas than usual wants an answer also while the usual level cannot
     * be had: then it is all that this replica has known, and what replicas say at that level. Like the readings that such a
     * level gives, it may lack the latest.
     */
    Uni<Deletions> known(Consistency consistency) {
        return consistency.isWeak()
                ? known().onFailure(StoreUnavailableException.class).recoverWithUni(() -> weakly(consistency))
                : known();
    }

    private Uni<Deletions> weakly(Consistency consistency) {
        return weakly.compute(
                        consistency,
                        (level, last) -> last != null && System.nanoTime() - last.askedNanos < KEPT_NANOS
                                ? last
                                : askWeakly(level))
                .answer;
    }

    private Weak askWeakly(Consistency consistency) {
        Known last = known;
        Deletions before = last == null ? Deletions.NONE : last.deletions;
        return new Weak(
                System.nanoTime(),
                readFacts(Database.level(consistency))
                        .map(facts ->
                                before.and(facts.stream().map(Fact::deletion).toList()))
                        .onFailure()
                        .invoke(() -> weakly.remove(consistency))
                        .memoize()
                        .indefinitely());
    }

    /** Those whose tombstones may not all be written. */
    Uni<List<Deletion>> unswept() {
        return ask(false).map(Known::unswept);
    }

    /**
     * Adds a fact. Completes when it is durable and this replica goes by it; the others do so within ten seconds. Facts that
     * it includes are of no use any more and are taken out.
     *
     * @return fails with {@link TooManyDeletionsException} if there are as many as may be, and with {@link
     *     StoreUnavailableException} if it may not be durable
     */
    public Uni<Void> add(Deletion deletion) {
        return known().invoke(before -> {
                    if (before.size() >= maxDeletions) {
                        throw new TooManyDeletionsException(maxDeletions);
                    }
                })
                .chain(before -> write(Cql.INSERT_DELETION, deletion)
                        .chain(() -> renewRevision())
                        .chain(() -> ask(true))
                        .call(() -> forget(before.of(deletion.sensorId()).stream()
                                .filter(other -> !other.equals(deletion) && deletion.includes(other))
                                .toList())))
                .replaceWithVoid();
    }

    /** The deletions of one sensor, by the moment of the delete. */
    public Uni<List<Deletion>> of(SensorId sensorId, Consistency consistency) {
        return facts(database.run(statements -> statements
                        .get(Cql.DELETIONS_OF_SENSOR)
                        .boundStatementBuilder()
                        .setString(0, sensorId.value())
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .map(facts -> facts.stream().map(Fact::deletion).toList());
    }

    /** Notes that all tombstones of a deletion are written. */
    Uni<Void> swept(Deletion deletion) {
        return write(Cql.DELETION_IS_SWEPT, deletion);
    }

    private Uni<Void> forget(List<Deletion> included) {
        return Multi.createFrom()
                .iterable(included)
                .plug(Concatenation.unis(deletion -> write(Cql.FORGET_DELETION, deletion)))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** Asks once, however many want to know; for sure after this was called if it is {@code fromNow}. */
    private synchronized Uni<Known> ask(boolean fromNow) {
        Uni<Known> underWay = asking;
        if (underWay != null && !fromNow) {
            return underWay;
        }
        Uni<Known> begun = Uni.createFrom()
                .deferred(() -> read(System.nanoTime(), fromNow))
                .onTermination()
                .invoke(this::nobodyAsks)
                .memoize()
                .indefinitely();
        asking = begun;
        return begun;
    }

    private synchronized void nobodyAsks() {
        asking = null;
    }

    private Uni<Known> read(long askedNanos, boolean isNew) {
        return revision()
                .chain(revision -> {
                    Known last = known;
                    return last != null && !isNew && last.isStill(revision, askedNanos)
                            ? Uni.createFrom().item(last.askedAgain(askedNanos))
                            : readAll(askedNanos, revision);
                })
                .map(this::later);
    }

    /** Of two answers the one that was asked for later, in whichever order they come. */
    private synchronized Known later(Known read) {
        Known last = known;
        if (last != null && last.askedNanos - read.askedNanos > 0) {
            return last;
        }
        known = read;
        return read;
    }

    private Uni<Known> readAll(long askedNanos, Optional<UUID> revision) {
        return readFacts(null)
                .map(facts -> new Known(
                        askedNanos,
                        askedNanos,
                        revision,
                        new Deletions(facts.stream().map(Fact::deletion).toList()),
                        facts.stream()
                                .filter(fact -> !fact.isSwept())
                                .map(Fact::deletion)
                                .toList()));
    }

    /** @param level null for the usual one */
    private Uni<List<Fact>> readFacts(@Nullable DefaultConsistencyLevel level) {
        return facts(database.run(statements -> statements
                .get(Cql.DELETIONS)
                .boundStatementBuilder()
                .setExecutionProfileName("registry")
                .setConsistencyLevel(level)
                .build()));
    }

    private static Uni<List<Fact>> facts(Uni<AsyncResultSet> first) {
        return Pages.of(first)
                .plug(Concatenation.contents(AsyncPagingIterable::currentPage))
                .map(DeletionLog::fact)
                .collect()
                .in(ArrayList<Fact>::new, List::add)
                .map(List::copyOf);
    }

    private static Fact fact(Row row) {
        return new Fact(
                new Deletion(
                        new SensorId(Objects.requireNonNull(row.getString(0))),
                        CqlBytes.toLong(row.getBytesUnsafe(1)),
                        CqlBytes.toLong(row.getBytesUnsafe(2)),
                        CqlBytes.toLong(row.getBytesUnsafe(3))),
                row.getBoolean(4));
    }

    private Uni<Optional<UUID>> revision() {
        return database.run(statements -> statements
                        .get(Cql.DELETIONS_REVISION)
                        .boundStatementBuilder()
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one()).map(row -> row.getUuid(0)));
    }

    private Uni<Void> renewRevision() {
        return database.run(statements -> statements
                        .get(Cql.RENEW_DELETIONS_REVISION)
                        .boundStatementBuilder()
                        .setUuid(0, UUID.randomUUID())
                        .setConsistencyLevel(database.writeLevel())
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    private Uni<Void> write(Cql cql, Deletion deletion) {
        return database.run(statements -> key(statements, cql, deletion)).replaceWithVoid();
    }

    private BoundStatement key(Statements statements, Cql cql, Deletion deletion) {
        return statements
                .get(cql)
                .boundStatementBuilder()
                .setString(0, deletion.sensorId().value())
                .setBytesUnsafe(1, CqlBytes.ofLong(deletion.deletedAtMillis()))
                .setBytesUnsafe(2, CqlBytes.ofLong(deletion.fromMillis()))
                .setBytesUnsafe(3, CqlBytes.ofLong(deletion.toMillis()))
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write")
                .build();
    }
}
