package io.telltale.store;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.quarkus.runtime.api.session.QuarkusCqlSession;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs statements on Cassandra. {@link DatabaseStartup} connects in the background; until it has succeeded once, {@link
 * #whenReady()} waits and {@link #run} fails. If it fails for good, the process exits.
 */
@Singleton
public class Database {

    private static final Logger log = Logger.getLogger(Database.class);
    private static final RateLimitedLog UNAUTHORIZED = new RateLimitedLog(log, Logger.Level.WARN);

    private final DatabaseStartup startup;
    private final Uni<DatabaseConnection> connecting;
    private final WriteLevels writeLevels;
    private final String keyspace;

    /** Whether the service in other data centers writes readings of the same topics. */
    private final boolean hasSharedTopics;

    private final IntConsumer exit;
    private final DataCenterFailover failover = new DataCenterFailover();
    private volatile @Nullable DatabaseConnection connection;

    @Inject
    Database(Instance<CompletionStage<QuarkusCqlSession>> sessions, StoreConfig config, Retention retention) {
        this(Sessions.of(sessions, new DriverSettings(config)), config, retention, Quarkus::asyncExit);
    }

    /** @param exit ends the process with a status */
    Database(Sessions sessions, StoreConfig config, Retention retention, IntConsumer exit) {
        Bounds.require(
                config.keyspace().matches("[a-z][a-z0-9_]{0,47}"),
                "telltale.storage.keyspace",
                config.keyspace(),
                "a small letter, then up to 47 small letters, digits or _");
        this.writeLevels = new WriteLevels(config);
        this.keyspace = config.keyspace();
        this.hasSharedTopics = config.sharedTopics();
        this.exit = exit;
        this.startup = new DatabaseStartup(sessions, config, retention, writeLevels);
        this.connecting = startup.connect()
                .invoke(opened -> this.connection = opened)
                .memoize()
                .indefinitely();
    }

    /** Starts to connect before messages are consumed. Does not wait for the connection. */
    void connect(@Observes @Priority(1) StartupEvent start) {
        connecting
                .subscribe()
                .with(
                        opened -> log.info("Cassandra is ready: tables created, statements prepared"),
                        this::exitUnlessStopping);
    }

    private void exitUnlessStopping(Throwable failure) {
        if (!startup.isStopping()) {
            boolean isExplained = failure instanceof Sessions.UnusableException unusable && unusable.isExplained();
            log.fatalf(
                    isExplained ? null : failure,
                    "The service ends, since Cassandra cannot be used: %s",
                    failure.getMessage());
            exit.accept(1);
        }
    }

    void stop(@Observes ShutdownEvent stop) {
        startup.stop();
    }

    /** Completes when the tables exist and the statements are prepared. Waits without limit. */
    public Uni<Void> whenReady() {
        return connecting.replaceWithVoid();
    }

    /** Whether {@link #whenReady} has completed. Stays true when Cassandra becomes unavailable. */
    public boolean isReady() {
        return connection != null;
    }

    /** Checks that Cassandra answers now. Fails or completes within the driver's timeout. */
    public Uni<Void> ping() {
        return run(any -> SimpleStatement.newInstance("SELECT key FROM system.local")
                        .setExecutionProfileName("registry"))
                .replaceWithVoid();
    }

    /** The nodes of the cluster as the driver knows them; none until the service has connected once. */
    Collection<Node> nodes() {
        DatabaseConnection opened = connection;
        return opened == null
                ? List.of()
                : opened.session().getMetadata().getNodes().values();
    }

    /** @throws StoreUnavailableException until the service has connected once */
    byte[] cursorKey() {
        DatabaseConnection opened = connection;
        if (opened == null) {
            throw notReady();
        }
        return opened.cursorKey().bytes();
    }

    /** The level at which writes are acknowledged that are not of one type. */
    DefaultConsistencyLevel writeLevel() {
        return writeLevels.general();
    }

    /** The level at which writes of a type's readings and their index are acknowledged. */
    DefaultConsistencyLevel writeLevel(SensorType type) {
        return writeLevels.of(type);
    }

    /**
     * Whether a read at this level sees everything of these types that is durable: whether it contacts at least one
     * replica that acknowledged the write, by the keyspace's replication now, and in whichever data center: that of
     * another replica of the service, or of a failover. True until the service has connected once, because the
     * replication is unknown until then.
     */
    public boolean readsMeetWrites(Collection<SensorType> types, Consistency consistency) {
        DatabaseConnection opened = connection;
        if (opened == null) {
            return true;
        }
        Replication replication = Replication.of(opened.session(), keyspace);
        boolean hasFailedOver = failover.hasHappened(opened.session());
        return types.stream()
                .map(writeLevels::of)
                // Shared topics move the writer to another data center, and a failover moves the reader, too.
                .allMatch(written -> (hasFailedOver || (hasSharedTopics && written.isDcLocal()))
                        ? replication.overlapAnywhere(written, level(consistency))
                        : replication.overlap(written, level(consistency)));
    }

    /**
     * Whether a read at this level sees every durable write of a type, whichever data center each was sent to. False if
     * the replication is unknown.
     */
    boolean isUnionCertain(SensorType type, DefaultConsistencyLevel level) {
        DatabaseConnection opened = connection;
        if (opened == null) {
            return false;
        }
        Replication replication = Replication.of(opened.session(), keyspace);
        return !replication.factors().isEmpty() && replication.overlapAnywhere(writeLevels.of(type), level);
    }

    /**
     * Why no read at this level can ever succeed, by the keyspace's replication now: fewer replicas exist than the
     * level requires. Empty if one can, and until the service has connected once.
     *
     * @return what to expect instead, after "expected …"
     */
    public Optional<String> unreachable(Consistency consistency) {
        DatabaseConnection opened = connection;
        if (opened == null) {
            return Optional.empty();
        }
        return Replication.of(opened.session(), keyspace)
                .conflictWith(
                        level(consistency),
                        Arrays.stream(Consistency.values()).map(Database::level).toList());
    }

    /** The driver's constant for a read level. */
    static DefaultConsistencyLevel level(Consistency consistency) {
        return DefaultConsistencyLevel.valueOf(consistency.name());
    }

    /**
     * Runs a statement.
     *
     * @param statement builds the statement from the prepared ones
     * @return the first page; fails with {@link StoreUnavailableException} if a retry may succeed
     */
    Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
        return Uni.createFrom().deferred(() -> {
            DatabaseConnection opened = connection;
            if (opened == null) {
                return Uni.createFrom().failure(notReady());
            }
            Statement<?> request = statement.apply(opened.statements());
            return Uni.createFrom()
                    .completionStage(opened.session().executeAsync(request))
                    .invoke(rows -> failover.observe(rows.getExecutionInfo()))
                    .onFailure(Database::isTransient)
                    .transform(failure -> unavailable(failure, request));
        });
    }

    /** Fetches the next page of a result; fails as {@link #run} does. */
    static Uni<AsyncResultSet> nextPage(AsyncResultSet page) {
        return Uni.createFrom()
                .completionStage(page::fetchNextPage)
                .onFailure(Database::isTransient)
                .transform(failure -> unavailable(
                        failure, (Statement<?>) page.getExecutionInfo().getRequest()));
    }

    private static StoreUnavailableException notReady() {
        return new StoreUnavailableException("Cassandra is not ready yet");
    }

    private static StoreUnavailableException unavailable(Throwable failure, Statement<?> request) {
        if (failure instanceof UnauthorizedException) {
            // The message names users and tables, so it goes to the log only, not to the client.
            UNAUTHORIZED.say(
                    "Cassandra rejects a statement, user lacks a permission; grant it: " + failure.getMessage());
        }
        return new StoreUnavailableException(failure, level(request));
    }

    /**
     * The statement's own level, or the default of profile {@code registry}, the only profile that relies on its
     * default.
     */
    private static ConsistencyLevel level(Statement<?> statement) {
        ConsistencyLevel own = statement.getConsistencyLevel();
        return own == null ? DefaultConsistencyLevel.LOCAL_QUORUM : own;
    }

    /** Whether the same statement may succeed later. */
    static boolean isTransient(Throwable failure) {
        if (failure instanceof AllNodesFailedException all) {
            return all.getAllErrors().values().stream().flatMap(List::stream).noneMatch(Database::isPermanent);
        }
        return failure instanceof DriverException && !isPermanent(failure);
    }

    /** A missing permission is transient: it can be granted, and a node may be unable to look it up. */
    private static boolean isPermanent(Throwable failure) {
        return failure instanceof QueryValidationException && !(failure instanceof UnauthorizedException);
    }
}
