package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import io.smallrye.mutiny.Uni;
import io.telltale.settings.RateLimitedLog;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Makes Cassandra ready for the service: opens the session, creates the tables, prepares the statements, reads the
 * key for cursors. Retries without limit, also where Cassandra becomes unavailable halfway. Only an error that no
 * retry can fix, such as a wrong password, ends it.
 */
final class DatabaseStartup {

    private static final Logger log = Logger.getLogger(DatabaseStartup.class);
    private static final RateLimitedLog NOT_READY = new RateLimitedLog(log, Logger.Level.WARN);
    private static final Duration MIN_BACKOFF = Duration.ofMillis(500);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(5);

    /** Longer, since the driver leaks resources with each session that it fails to open. */
    private static final Duration MAX_REOPEN_BACKOFF = Duration.ofMinutes(1);

    private final Sessions sessions;
    private final StoreConfig config;
    private final Retention retention;
    private final WriteLevels writeLevels;
    private final KeyspaceReplication replication;
    private volatile boolean isStopping;

    DatabaseStartup(Sessions sessions, StoreConfig config, Retention retention, WriteLevels writeLevels) {
        this.sessions = sessions;
        this.config = config;
        this.retention = retention;
        this.writeLevels = writeLevels;
        this.replication = new KeyspaceReplication(config);
    }

    /** Connects once for each subscription. Fails if no retry can help, or after {@link #stop}. */
    Uni<DatabaseConnection> connect() {
        return Uni.createFrom()
                .deferred(() -> isStopping ? Uni.createFrom().failure(new CancellationException()) : sessions.open())
                .chain(this::prepareWithRetry)
                .onFailure(this::isTransient)
                .invoke(this::logRetry)
                .onFailure(this::isTransient)
                .retry()
                .withBackOff(MIN_BACKOFF, MAX_REOPEN_BACKOFF)
                .indefinitely();
    }

    /** Ends the retries: from now on attempts fail because the sessions are being closed. */
    void stop() {
        isStopping = true;
    }

    boolean isStopping() {
        return isStopping;
    }

    /** Retries on one session; fails where another session may succeed, and where none can. */
    private Uni<DatabaseConnection> prepareWithRetry(CqlSession session) {
        Predicate<Throwable> isWorthRetrying = failure -> isTransient(failure) && !isUnusable(session, failure);
        return prepare(session)
                .onFailure(isWorthRetrying)
                .invoke(this::logRetry)
                .onFailure(isWorthRetrying)
                .retry()
                .withBackOff(MIN_BACKOFF, MAX_BACKOFF)
                .indefinitely()
                .onFailure()
                .invoke(() -> Sessions.discard(session));
    }

    private void logRetry(Throwable failure) {
        NOT_READY.say(
                "Cassandra is not ready for keyspace %s yet, trying again: %s".formatted(config.keyspace(), failure));
    }

    private Uni<DatabaseConnection> prepare(CqlSession session) {
        return Uni.createFrom()
                .item(session)
                .invoke(LocalDataCenter::check)
                .chain(() -> ClusterLimits.check(session, retention))
                .chain(() -> new Schema(session, config, retention, replication).create())
                .invoke(() -> requireMetadata(session))
                .chain(() -> replication.reconcile(session))
                .invoke(() -> requireReachableWriteLevels(session))
                .chain(() -> Statements.prepare(session, config.keyspace()))
                .chain(statements -> new Secret("cursors", session, statements)
                        .key()
                        .map(key -> new DatabaseConnection(session, statements, () -> key)))
                .call(connection -> DurabilityWarnings.log(connection.session(), config, writeLevels));
    }

    /**
     * Whether to give up this session and open another. If Cassandra becomes unavailable while the driver reads the
     * schema for the first time, the driver opens the session without schema metadata, and may never load it. Without
     * metadata, nothing can tell whether reads see all durable writes; and each schema statement takes its full
     * timeout, because it waits for the schema to be read again.
     */
    private boolean isUnusable(CqlSession session, Throwable failure) {
        return session.isClosed()
                || (lacksMetadata(session)
                        && (failure instanceof UnknownKeyspaceException || failure instanceof DriverTimeoutException));
    }

    private boolean lacksMetadata(CqlSession session) {
        return session.getMetadata().getKeyspace(config.keyspace()).isEmpty();
    }

    private void requireMetadata(CqlSession session) {
        if (lacksMetadata(session)) {
            throw new UnknownKeyspaceException(config.keyspace());
        }
    }

    private void requireReachableWriteLevels(CqlSession session) {
        writeLevels.conflictWith(Replication.of(session, config.keyspace())).ifPresent(reason -> {
            throw new ClusterLimits.ExceededException(reason);
        });
    }

    /** The keyspace exists, but is not in the session's metadata. */
    private static final class UnknownKeyspaceException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownKeyspaceException(String keyspace) {
            super("the session does not know keyspace " + keyspace);
        }
    }

    private boolean isTransient(Throwable failure) {
        return !(isStopping
                || failure instanceof ClusterLimits.ExceededException
                || failure instanceof Sessions.UnusableException);
    }
}
