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
import io.telltale.sensors.SensorType;
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
 * The log of deletions that all replicas share. A deletion is permanent: ingest drops the readings that it covers and
 * reads skip them, whatever Cassandra still stores. Tombstones ({@link DeletionSweep}) only free the space.
 *
 * <p>Deletions are few, so every replica caches all of them. It polls one row, the revision, every three seconds, and
 * reads all deletions again if that has changed. It never uses a cache older than ten seconds. Reads at a weak level
 * are the only exception, while the default level is unavailable.
 */
@Singleton
public class DeletionLog {

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(3);

    /** The time after which every replica applies a deletion. */
    static final Duration MAX_AGE = Duration.ofSeconds(10);

    private static final long MAX_AGE_NANOS = MAX_AGE.toNanos();

    /** Finds deletions whose replica crashed before it changed the revision. Such a deletion was not acknowledged. */
    private static final long FULL_READ_NANOS = Duration.ofMinutes(1).toNanos();

    private final Database database;
    private final NewDeletions newDeletions;
    private final int maxDeletions;
    private volatile @Nullable LogSnapshot snapshot;
    private @Nullable Uni<LogSnapshot> polling;
    private @Nullable Cancellable ticks;

    /** By level. Reads at the same level share a result up to its maximum age. */
    private final Map<Consistency, WeakSnapshot> weakSnapshots = new ConcurrentHashMap<>();

    /**
     * The cached log.
     *
     * @param polledNanos when the revision was read
     * @param readNanos when the deletions were read
     * @param revision the revision of the log; empty before the first deletion
     * @param unswept the deletions whose tombstones may not all be written
     */
    private record LogSnapshot(
            long polledNanos, long readNanos, Optional<UUID> revision, Deletions deletions, List<Deletion> unswept) {

        boolean isCurrent(Optional<UUID> revisionNow, long nowNanos) {
            return revision.equals(revisionNow) && nowNanos - readNanos < FULL_READ_NANOS;
        }

        LogSnapshot polledAgain(long nowNanos) {
            return new LogSnapshot(nowNanos, readNanos, revision, deletions, unswept);
        }
    }

    /** The result of a read at a weak level, while the default level is unavailable. */
    private record WeakSnapshot(long readNanos, Uni<Deletions> deletions) {}

    /** A row. */
    private record LogEntry(Deletion deletion, boolean isSwept) {}

    @Inject
    DeletionLog(Database database, NewDeletions newDeletions, StoreConfig config) {
        this.database = database;
        this.newDeletions = newDeletions;
        this.maxDeletions = Bounds.within("telltale.storage.deletions", config.deletions(), 1, 1_000_000);
    }

    void start(@Observes StartupEvent start) {
        ticks = Multi.createFrom()
                .ticks()
                .every(POLL_INTERVAL)
                .onOverflow()
                .drop()
                // A caller that needs the log polls again and receives the failure.
                .plug(Concatenation.unis(tick -> poll(false).onFailure().recoverWithNull()))
                .subscribe()
                .with(done -> {});
    }

    void stop(@Observes ShutdownEvent stop) {
        if (ticks != null) {
            ticks.cancel();
        }
    }

    /**
     * All deletions, as they were at most ten seconds ago.
     *
     * @return fails with {@link StoreUnavailableException} if the cache is older and Cassandra is unavailable
     */
    public Uni<Deletions> known() {
        return Uni.createFrom().deferred(() -> {
            LogSnapshot cached = snapshot;
            return cached != null && System.nanoTime() - cached.polledNanos < MAX_AGE_NANOS
                    ? Uni.createFrom().item(cached.deletions)
                    : poll(false).map(LogSnapshot::deletions);
        });
    }

    /**
     * All deletions, for a read at some level. A read at a weak level must succeed also while the default level is
     * unavailable: it then uses the cached deletions and those that replicas return at its level. Like the readings
     * at that level, these may lack the latest.
     */
    Uni<Deletions> known(Consistency consistency) {
        return consistency.isWeak()
                ? known().onFailure(StoreUnavailableException.class).recoverWithUni(() -> knownWeakly(consistency))
                : known();
    }

    private Uni<Deletions> knownWeakly(Consistency consistency) {
        return weakSnapshots.compute(
                        consistency,
                        (level, last) -> last != null && System.nanoTime() - last.readNanos < MAX_AGE_NANOS
                                ? last
                                : readWeakly(level))
                .deletions;
    }

    private WeakSnapshot readWeakly(Consistency consistency) {
        LogSnapshot last = snapshot;
        Deletions cached = last == null ? Deletions.NONE : last.deletions;
        return new WeakSnapshot(
                System.nanoTime(),
                readEntries(Database.level(consistency))
                        .map(entries -> cached.and(
                                entries.stream().map(LogEntry::deletion).toList()))
                        .onFailure()
                        .invoke(() -> weakSnapshots.remove(consistency))
                        .memoize()
                        .indefinitely());
    }

    /** The deletions whose tombstones may not all be written. */
    Uni<List<Deletion>> unswept() {
        return poll(false).map(LogSnapshot::unswept);
    }

    /**
     * Adds a deletion. Completes when it is durable and this replica applies it; other replicas apply it within ten
     * seconds. Removes the deletions that it includes.
     *
     * @return fails with {@link TooManyDeletionsException} at the maximum number of deletions, and with
     *     {@link StoreUnavailableException} if the deletion may not be durable
     */
    public Uni<Void> add(Deletion deletion) {
        return known().invoke(before -> {
                    if (before.size() >= maxDeletions) {
                        throw new TooManyDeletionsException(maxDeletions);
                    }
                })
                .chain(before -> insert(deletion)
                        .chain(() -> renewRevision())
                        .chain(() -> poll(true))
                        .call(() -> remove(before.of(deletion.sensorId()).stream()
                                .filter(other -> !other.equals(deletion) && deletion.includes(other))
                                .toList())))
                .replaceWithVoid();
    }

    /** Reads the deletions of one sensor, by their time. */
    public Uni<List<Deletion>> of(SensorId sensorId, Consistency consistency) {
        return entries(database.run(statements -> statements
                        .get(Cql.DELETIONS_OF_SENSOR)
                        .boundStatementBuilder()
                        .setString(0, sensorId.value())
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .map(entries -> entries.stream().map(LogEntry::deletion).toList());
    }

    /** Marks a deletion whose tombstones are all written. */
    Uni<Void> markSwept(Deletion deletion) {
        return write(Cql.MARK_DELETION_SWEPT, deletion);
    }

    private Uni<Void> remove(List<Deletion> included) {
        return Multi.createFrom()
                .iterable(included)
                .plug(Concatenation.unis(deletion -> write(Cql.DELETE_DELETION, deletion)))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /**
     * Polls once for all concurrent callers.
     *
     * @param isForced starts a new poll that reads all deletions, also if another poll is running
     */
    private synchronized Uni<LogSnapshot> poll(boolean isForced) {
        Uni<LogSnapshot> running = polling;
        if (running != null && !isForced) {
            return running;
        }
        Uni<LogSnapshot> started = Uni.createFrom()
                .deferred(() -> read(System.nanoTime(), isForced))
                .onTermination()
                .invoke(this::endPoll)
                .memoize()
                .indefinitely();
        polling = started;
        return started;
    }

    private synchronized void endPoll() {
        polling = null;
    }

    private Uni<LogSnapshot> read(long polledNanos, boolean isForced) {
        return revision()
                .chain(revision -> {
                    LogSnapshot last = snapshot;
                    return last != null && !isForced && last.isCurrent(revision, polledNanos)
                            ? Uni.createFrom().item(last.polledAgain(polledNanos))
                            : readAll(polledNanos, revision);
                })
                .map(this::replaceOlder);
    }

    /** Keeps the snapshot of the later poll; polls may complete in any order. */
    private synchronized LogSnapshot replaceOlder(LogSnapshot read) {
        LogSnapshot last = snapshot;
        if (last != null && last.polledNanos - read.polledNanos > 0) {
            return last;
        }
        snapshot = read;
        newDeletions.replace(read.deletions);
        return read;
    }

    private Uni<LogSnapshot> readAll(long polledNanos, Optional<UUID> revision) {
        return readEntries(null)
                .map(entries -> new LogSnapshot(
                        polledNanos,
                        polledNanos,
                        revision,
                        new Deletions(entries.stream().map(LogEntry::deletion).toList()),
                        entries.stream()
                                .filter(entry -> !entry.isSwept())
                                .map(LogEntry::deletion)
                                .toList()));
    }

    /** @param level null for the default */
    private Uni<List<LogEntry>> readEntries(@Nullable DefaultConsistencyLevel level) {
        return entries(database.run(statements -> statements
                .get(Cql.DELETIONS)
                .boundStatementBuilder()
                .setExecutionProfileName("registry")
                .setConsistencyLevel(level)
                .build()));
    }

    private static Uni<List<LogEntry>> entries(Uni<AsyncResultSet> first) {
        return Pages.of(first)
                .plug(Concatenation.contents(AsyncPagingIterable::currentPage))
                .map(DeletionLog::entry)
                .collect()
                .in(ArrayList<LogEntry>::new, List::add)
                .map(List::copyOf);
    }

    private static LogEntry entry(Row row) {
        String shredded = row.getString(5);
        return new LogEntry(
                new Deletion(
                        new SensorId(Objects.requireNonNull(row.getString(0))),
                        CqlBytes.toLong(row.getBytesUnsafe(1)),
                        CqlBytes.toLong(row.getBytesUnsafe(2)),
                        CqlBytes.toLong(row.getBytesUnsafe(3)),
                        shredded == null ? null : new SensorType(shredded)),
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

    private Uni<Void> insert(Deletion deletion) {
        SensorType shredded = deletion.shreddedType();
        return shredded == null
                ? write(Cql.INSERT_DELETION, deletion)
                : database.run(statements -> statement(statements, Cql.INSERT_SHREDDING, deletion)
                                .setString(4, shredded.name()))
                        .replaceWithVoid();
    }

    private Uni<Void> write(Cql cql, Deletion deletion) {
        return database.run(statements -> statement(statements, cql, deletion)).replaceWithVoid();
    }

    private BoundStatement statement(Statements statements, Cql cql, Deletion deletion) {
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
