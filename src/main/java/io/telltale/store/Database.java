package io.telltale.store;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.CursorSigner;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The way to Cassandra: one session, the tables made and every statement prepared before anybody gets at it. Until then
 * {@link #whenReady()} waits and {@link #run} fails; a cluster that is away at the start, or goes then, is tried again until
 * it is there. What does not pass by itself, such as a wrong password, ends the process.
 */
@Singleton
public class Database {

    private static final Logger log = Logger.getLogger(Database.class);
    private static final RateLimitedLog NOT_READY = new RateLimitedLog(log, Logger.Level.WARN);
    private static final RateLimitedLog NOT_ALLOWED = new RateLimitedLog(log, Logger.Level.WARN);
    private static final String NOT_YET = "Cassandra is not ready yet";
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);

    /** Longer, since what a session that could not be opened leaves behind nobody can stop. */
    private static final Duration LONGEST_REOPENING = Duration.ofMinutes(1);

    private final Uni<Connected> connecting;
    private final DefaultConsistencyLevel writeLevel;
    private final String keyspace;
    private final IntConsumer end;
    private volatile @Nullable Connected connected;
    private volatile boolean isGoing;

    /** The session, what was prepared on it, and what was found there. */
    record Connected(CqlSession session, Statements statements, CursorSigner cursorSeal) {}

    @Inject
    Database(Instance<CompletionStage<QuarkusCqlSession>> sessions, StoreConfig config, Retention retention) {
        this(Sessions.of(sessions), config, retention, Quarkus::asyncExit);
    }

    /** @param end ends the process with a status */
    Database(Sessions sessions, StoreConfig config, Retention retention, IntConsumer end) {
        Bounds.require(
                config.keyspace().matches("[a-z][a-z0-9_]{0,47}"),
                "telltale.storage.keyspace",
                config.keyspace(),
                "a small letter, then up to 47 small letters, digits or _");
        this.writeLevel = level(config.writeConsistency());
        this.keyspace = config.keyspace();
        this.end = end;
        this.connecting = Uni.createFrom()
                .deferred(() -> isGoing ? Uni.createFrom().failure(new CancellationException()) : sessions.open())
                .chain(session -> readied(session, config, retention))
                .invoke(ready -> this.connected = ready)
                .onFailure(this::mayPass)
                .invoke(this::sayNotReady)
                .onFailure(this::mayPass)
                .retry()
                .withBackOff(FIRST_RETRY, LONGEST_REOPENING)
                .indefinitely()
                .memoize()
                .indefinitely();
    }

    /** Fails where another session may do better, and where none will. */
    private Uni<Connected> readied(CqlSession session, StoreConfig config, Retention retention) {
        Predicate<Throwable> mayPass = failure -> mayPass(failure) && !isUseless(session, failure);
        return makeReady(session, config, retention)
                .onFailure(mayPass)
                .invoke(this::sayNotReady)
                .onFailure(mayPass)
                .retry()
                .withBackOff(FIRST_RETRY, LONGEST_RETRY)
                .indefinitely()
                .onFailure()
                .invoke(() -> Sessions.discard(session));
    }

    private void sayNotReady(Throwable failure) {
        NOT_READY.say("Cassandra is not ready for keyspace %s yet, trying again: %s".formatted(keyspace, failure));
    }

    /**
     * Where Cassandra goes while the driver reads the schema for the first time, it opens a session all the same, which knows of
     * no keyspace, and may never. Without, nobody can tell which levels overlap; and every statement that changes the schema takes
     * its whole time-out, as it waits for the schema to be read again.
     */
    private boolean isUseless(CqlSession session, Throwable failure) {
        return session.isClosed()
                || (knowsNot(session)
                        && (failure instanceof UnknownKeyspaceException || failure instanceof DriverTimeoutException));
    }

    private boolean knowsNot(CqlSession session) {
        return session.getMetadata().getKeyspace(keyspace).isEmpty();
    }

    private Uni<Connected> makeReady(CqlSession session, StoreConfig config, Retention retention) {
        return ClusterLimits.check(session, retention)
                .chain(() -> new Schema(session, config, retention).make())
                .invoke(() -> requireMetadata(session))
                .chain(() -> Statements.prepare(session, config.keyspace()))
                .chain(statements -> new Secret("cursors", session, statements)
                        .key()
                        .map(key -> new Connected(session, statements, CursorSigner.keyed(key))))
                .call(ready -> DurabilityWarnings.log(ready.session(), config.keyspace(), writeLevel));
    }

    private void requireMetadata(CqlSession session) {
        if (knowsNot(session)) {
            throw new UnknownKeyspaceException(keyspace);
        }
    }

    /** The keyspace is there, and the session does not know it. */
    private static final class UnknownKeyspaceException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownKeyspaceException(String keyspace) {
            super("the session does not know keyspace " + keyspace);
        }
    }

    private boolean mayPass(Throwable failure) {
        return !(isGoing
                || failure instanceof ClusterLimits.ExceededException
                || failure instanceof Sessions.UnusableException);
    }

    /** What fails from now on, because sessions are closed, is not tried again. */
    void going(@Observes ShutdownEvent stop) {
        isGoing = true;
    }

    /** Begins to connect before messages are consumed; nothing waits for it here. */
    void connect(@Observes @Priority(1) StartupEvent start) {
        connecting
                .subscribe()
                .with(ready -> log.info("Cassandra is ready: tables made, statements prepared"), failure -> {
                    if (isGoing) {
                        return;
                    }
                    log.fatalf(failure, "The service ends, since Cassandra cannot be used: %s", failure.getMessage());
                    end.accept(1);
                });
    }

    /** Completes once the tables are there, however long that takes. */
    public Uni<Void> whenReady() {
        return connecting.replaceWithVoid();
    }

    /** Whether the tables were there and the statements prepared; that Cassandra is away since changes nothing. */
    public boolean wasReady() {
        return connected != null;
    }

    /** Whether Cassandra answers at this moment. Fails or completes within the driver's time-out. */
    public Uni<Void> ping() {
        return run(any -> SimpleStatement.newInstance("SELECT key FROM system.local")
                        .setExecutionProfileName("registry"))
                .replaceWithVoid();
    }

    /**
     * What shows that a cursor was given out by one of the replicas.
     *
     * @throws StoreUnavailableException as long as Cassandra was never there
     */
    public CursorSigner cursorSeal() {
        Connected ready = connected;
        if (ready == null) {
            throw new StoreUnavailableException(NOT_YET);
        }
        return ready.cursorSeal();
    }

    /** The level at which writes are acknowledged. */
    DefaultConsistencyLevel writeLevel() {
        return writeLevel;
    }

    /**
     * Whether a read at this level is certain to see what is durable, as the keyspace is replicated now: whether it asks at
     * least one of the replicas that acknowledged a write. Of a cluster that was never reached nothing else is known.
     */
    public boolean readsMeetWrites(Consistency consistency) {
        Connected ready = connected;
        return ready == null || Replication.of(ready.session(), keyspace).meet(writeLevel, level(consistency));
    }

    /** The driver's name of a read level. */
    static DefaultConsistencyLevel level(Consistency consistency) {
        return DefaultConsistencyLevel.valueOf(consistency.name());
    }

    /**
     * Sends what {@code statement} makes of the prepared ones.
     *
     * @return the answer; fails with {@link StoreUnavailableException} if Cassandra cannot give one at the moment
     */
    Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
        return Uni.createFrom().deferred(() -> {
            Connected ready = connected;
            if (ready == null) {
                return Uni.createFrom().failure(new StoreUnavailableException(NOT_YET));
            }
            Statement<?> asked = statement.apply(ready.statements());
            return Uni.createFrom()
                    .completionStage(ready.session().executeAsync(asked))
                    .onFailure(Database::maySucceedLater)
                    .transform(failure -> unavailable(failure, asked));
        });
    }

    /** The next page of an answer; fails as {@link #run} does. */
    static Uni<AsyncResultSet> nextPage(AsyncResultSet page) {
        return Uni.createFrom()
                .completionStage(page::fetchNextPage)
                .onFailure(Database::maySucceedLater)
                .transform(failure -> unavailable(
                        failure, (Statement<?>) page.getExecutionInfo().getRequest()));
    }

    private static StoreUnavailableException unavailable(Throwable failure, Statement<?> asked) {
        if (failure instanceof UnauthorizedException) {
            // Nobody but the log may know the names of users and tables.
            NOT_ALLOWED.say("Cassandra does not let the service do something: " + failure.getMessage());
        }
        return new StoreUnavailableException(failure, level(asked));
    }

    /** The level that a statement asks for: its own, or that of profile {@code registry}, where alone it may have none. */
    private static ConsistencyLevel level(Statement<?> statement) {
        ConsistencyLevel own = statement.getConsistencyLevel();
        return own == null ? DefaultConsistencyLevel.LOCAL_QUORUM : own;
    }

    static boolean maySucceedLater(Throwable failure) {
        if (failure instanceof AllNodesFailedException all) {
            return all.getAllErrors().values().stream().flatMap(List::stream).noneMatch(Database::neverPasses);
        }
        return failure instanceof DriverException && !neverPasses(failure);
    }

    /** That something is not allowed is a state: rights can be granted, and a node may be unable to look them up. */
    private static boolean neverPasses(Throwable failure) {
        return failure instanceof QueryValidationException && !(failure instanceof UnauthorizedException);
    }

    /** ANY acknowledges what no replica has, and the serial levels are not for plain writes. */
    private static boolean keepsReadings(DefaultConsistencyLevel level) {
        return level != DefaultConsistencyLevel.ANY && !level.isSerial();
    }

    private static DefaultConsistencyLevel level(String name) {
        return Arrays.stream(DefaultConsistencyLevel.values())
                .filter(Database::keepsReadings)
                .filter(level -> level.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("telltale.storage.write-consistency is %s, expected one of %s"
                                .formatted(
                                        name,
                                        Arrays.stream(DefaultConsistencyLevel.values())
                                                .filter(Database::keepsReadings)
                                                .map(level -> level.name().toLowerCase(Locale.ROOT))
                                                .collect(Collectors.joining(", ")))));
    }
}
