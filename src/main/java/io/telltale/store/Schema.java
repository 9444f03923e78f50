package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.streams.Concatenation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Creates the keyspace and its tables, and migrates older ones: runs the files {@code schema/<version>.cql}, each
 * once, in order.
 *
 * <p>Several replicas may start concurrently on an empty cluster, and two that create the same table at the same
 * moment create two tables with one name. So replicas take a lock by compare-and-set. The lock's own table has an id
 * derived from the keyspace's name, which makes it harmless to create it twice. The lock expires if its holder
 * crashes and does not renew it for a minute.
 */
final class Schema {

    /** The number of files under {@code schema/}. */
    static final int VERSION = 10;

    private static final int FIRST_WITH_ENTRIES = 10;

    private static final Logger log = Logger.getLogger(Schema.class);
    private static final Duration LOCK_POLL = Duration.ofMillis(250);
    private static final int LOCK_SECONDS = 60;

    private final CqlSession session;
    private final StoreConfig config;
    private final Retention retention;
    private final KeyspaceReplication replication;
    private final UUID self = UUID.randomUUID();

    Schema(CqlSession session, StoreConfig config, Retention retention, KeyspaceReplication replication) {
        this.session = session;
        this.config = config;
        this.retention = retention;
        this.replication = replication;
    }

    /** Completes when every table exists, also if another replica created it. */
    Uni<Void> create() {
        return version().chain(version -> version >= VERSION ? Uni.createFrom().voidItem() : createUnderLock());
    }

    private Uni<Void> createUnderLock() {
        return Uni.createFrom()
                .item(() -> replication.ofNewKeyspace(session).cql())
                .chain(options -> run(
                        "CREATE KEYSPACE IF NOT EXISTS %s WITH replication = %s".formatted(config.keyspace(), options)))
                .chain(() -> run(
                        "CREATE TABLE IF NOT EXISTS %s (name text PRIMARY KEY, holder uuid, version int) WITH ID = %s"
                                .formatted(lockTable(), lockTableId())))
                .chain(this::acquireLock)
                .chain(this::recordedVersion)
                .chain(version -> Multi.createFrom()
                        .range(version + 1, VERSION + 1)
                        .plug(Concatenation.unis(this::apply))
                        .toUni())
                .eventually(this::releaseLock);
    }

    /** The version of the tables; 0 if there are none. */
    private Uni<Integer> version() {
        boolean exists = session.getMetadata()
                .getKeyspace(config.keyspace())
                .flatMap(keyspace -> keyspace.getTable("schema_turns"))
                .isPresent();
        return exists ? recordedVersion() : Uni.createFrom().item(0);
    }

    private Uni<Integer> recordedVersion() {
        return run("SELECT version FROM %s WHERE name = 'tables'".formatted(lockTable()))
                .map(rows -> rows.one())
                .map(row -> row == null ? 0 : row.getInt("version"));
    }

    private Uni<Void> acquireLock() {
        return compareAndSet("INSERT INTO %s (name, holder) VALUES ('turn', %s) IF NOT EXISTS USING TTL %d"
                        .formatted(lockTable(), self, LOCK_SECONDS))
                .map(AsyncResultSet::one)
                .chain(row -> isOwn(row)
                        ? Uni.createFrom().voidItem()
                        : Uni.createFrom()
                                .voidItem()
                                .onItem()
                                .delayIt()
                                .by(LOCK_POLL)
                                .chain(this::acquireLock));
    }

    private boolean isOwn(@Nullable Row row) {
        return row != null
                && (row.getBoolean("[applied]")
                        || (row.getColumnDefinitions().contains("holder") && self.equals(row.getUuid("holder"))));
    }

    private Uni<Void> apply(int version) {
        log.infof("Creating tables: keyspace=%s schema version=%d", config.keyspace(), version);
        List<String> statements = statements(version);
        Uni<Void> permitted = version == FIRST_WITH_ENTRIES
                ? refuseMergedSegments()
                : Uni.createFrom().voidItem();
        return permitted.chain(() -> apply(version, statements));
    }

    /** They are in an index that is no longer read, so their readings would be missing without a message. */
    private Uni<Void> refuseMergedSegments() {
        return run("SELECT bucket FROM %s.recent_buckets LIMIT 1".formatted(config.keyspace()))
                .invoke(rows -> {
                    if (rows.one() != null) {
                        throw new ClusterLimits.ExceededException(("keyspace %s has segments that a build with schema"
                                        + " version 9 merged, and this one cannot find them; drop the keyspace and read"
                                        + " the topics again")
                                .formatted(config.keyspace()));
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Void> apply(int version, List<String> statements) {
        return Multi.createFrom()
                .iterable(statements)
                .plug(Concatenation.unis(statement -> renewLock().chain(() -> run(statement))))
                .collect()
                .asList()
                .chain(() ->
                        run("INSERT INTO %s (name, version) VALUES ('tables', %d)".formatted(lockTable(), version)))
                .replaceWithVoid();
    }

    private Uni<Void> renewLock() {
        return compareAndSet("UPDATE %s USING TTL %d SET holder = %s WHERE name = 'turn' IF holder = %s"
                        .formatted(lockTable(), LOCK_SECONDS, self, self))
                .map(AsyncResultSet::wasApplied)
                .invoke(applied -> {
                    if (!applied) {
                        throw new IllegalStateException("another replica has taken the lock to create the tables");
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Void> releaseLock() {
        return compareAndSet("DELETE FROM %s WHERE name = 'turn' IF holder = %s".formatted(lockTable(), self))
                .replaceWithVoid()
                .onFailure()
                .recoverWithUni(failure -> {
                    log.warnf("The lock to create tables was not released, it expires in a minute: %s", failure);
                    return Uni.createFrom().voidItem();
                });
    }

    private List<String> statements(int version) {
        String name = "/schema/%d.cql".formatted(version);
        try (InputStream file = Objects.requireNonNull(Schema.class.getResourceAsStream(name), name)) {
            String cql = new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("--"))
                    .collect(Collectors.joining("\n"));
            return Arrays.stream(cql.split(";\\s*(\n|$)"))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .map(statement -> statement.replace("${keyspace}", config.keyspace()))
                    .map(statement -> statement.replace("${compaction}", retention.compaction()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String lockTable() {
        return config.keyspace() + ".schema_turns";
    }

    private UUID lockTableId() {
        return UUID.nameUUIDFromBytes(lockTable().getBytes(StandardCharsets.UTF_8));
    }

    private Uni<AsyncResultSet> compareAndSet(String cql) {
        return LwtRetry.retrying(run(cql));
    }

    private Uni<AsyncResultSet> run(String cql) {
        return Uni.createFrom()
                .completionStage(() ->
                        session.executeAsync(SimpleStatement.newInstance(cql).setExecutionProfileName("schema")));
    }
}
