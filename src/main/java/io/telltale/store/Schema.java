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
 * Makes the keyspace and its tables, and brings older ones up to date: the files {@code schema/<version>.cql}, each
 * once, in order.
 *
 * <p>Several replicas may start at once on an empty cluster, and two that make the same table at the same moment make
 * two tables of one name. So one small table is made first, with an id that follows from the keyspace's name, which
 * makes doing it twice harmless; in it the replicas take turns by compare-and-set. A turn that is not renewed for a
 * minute, because its holder died, is free again.
 */
final class Schema {

    /** How many files there are under {@code schema/}. */
    static final int VERSION = 3;

    private static final Logger log = Logger.getLogger(Schema.class);
    private static final Duration TURN_POLL = Duration.ofMillis(250);
    private static final int TURN_SECONDS = 60;

    private final CqlSession session;
    private final StoreConfig config;
    private final Retention retention;
    private final UUID me = UUID.randomUUID();

    Schema(CqlSession session, StoreConfig config, Retention retention) {
        this.session = session;
        this.config = config;
        this.retention = retention;
    }

    /** Completes once every table is there, whoever made it. */
    Uni<Void> create() {
        return version().chain(version -> version >= VERSION ? Uni.createFrom().voidItem() : makeInTurn());
    }

    private Uni<Void> makeInTurn() {
        return run("CREATE KEYSPACE IF NOT EXISTS %s WITH replication = %s".formatted(config.keyspace(), replication()))
                .chain(() -> run(
                        "CREATE TABLE IF NOT EXISTS %s (name text PRIMARY KEY, holder uuid, version int) WITH ID = %s"
                                .formatted(turns(), turnsId())))
                .chain(this::takeTurn)
                .chain(this::recordedVersion)
                .chain(version -> Multi.createFrom()
                        .range(version + 1, VERSION + 1)
                        .plug(Concatenation.unis(this::apply))
                        .toUni())
                .eventually(this::passTurnOn);
    }

    /** The version that the tables are at, 0 if there are none. */
    private Uni<Integer> version() {
        boolean present = session.getMetadata()
                .getKeyspace(config.keyspace())
                .flatMap(keyspace -> keyspace.getTable("schema_turns"))
                .isPresent();
        return present ? recordedVersion() : Uni.createFrom().item(0);
    }

    private Uni<Integer> recordedVersion() {
        return run("SELECT version FROM %s WHERE name = 'tables'".formatted(turns()))
                .map(rows -> rows.one())
                .map(row -> row == null ? 0 : row.getInt("version"));
    }

    private Uni<Void> takeTurn() {
        return compareAndSet("INSERT INTO %s (name, holder) VALUES ('turn', %s) IF NOT EXISTS USING TTL %d"
                        .formatted(turns(), me, TURN_SECONDS))
                .map(AsyncResultSet::one)
                .chain(row -> isMine(row)
                        ? Uni.createFrom().voidItem()
                        : Uni.createFrom()
                                .voidItem()
                                .onItem()
                                .delayIt()
                                .by(TURN_POLL)
                                .chain(this::takeTurn));
    }

    private boolean isMine(@Nullable Row row) {
        return row != null
                && (row.getBoolean("[applied]")
                        || (row.getColumnDefinitions().contains("holder") && me.equals(row.getUuid("holder"))));
    }

    private Uni<Void> apply(int version) {
        log.infof("Making keyspace %s ready: schema version %d", config.keyspace(), version);
        List<String> statements = statements(version);
        return Multi.createFrom()
                .iterable(statements)
                .plug(Concatenation.unis(statement -> renewTurn().chain(() -> run(statement))))
                .collect()
                .asList()
                .chain(() -> run("INSERT INTO %s (name, version) VALUES ('tables', %d)".formatted(turns(), version)))
                .replaceWithVoid();
    }

    private Uni<Void> renewTurn() {
        return compareAndSet("UPDATE %s USING TTL %d SET holder = %s WHERE name = 'turn' IF holder = %s"
                        .formatted(turns(), TURN_SECONDS, me, me))
                .map(AsyncResultSet::wasApplied)
                .invoke(applied -> {
                    if (!applied) {
                        throw new IllegalStateException("another replica has taken over making the tables");
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Void> passTurnOn() {
        return compareAndSet("DELETE FROM %s WHERE name = 'turn' IF holder = %s".formatted(turns(), me))
                .replaceWithVoid()
                .onFailure()
                .recoverWithUni(failure -> {
                    log.warnf("The turn to make tables could not be passed on, it ends in a minute: %s", failure);
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

    private String replication() {
        return config.replication().orElseGet(() -> {
            String dataCentre = Replication.localDataCentre(session);
            long nodes = session.getMetadata().getNodes().values().stream()
                    .filter(node -> dataCentre.equals(node.getDatacenter()))
                    .count();
            return "{'class': 'NetworkTopologyStrategy', '%s': %d}"
                    .formatted(dataCentre, Math.max(1, Math.min(3, nodes)));
        });
    }

    private String turns() {
        return config.keyspace() + ".schema_turns";
    }

    private UUID turnsId() {
        return UUID.nameUUIDFromBytes(turns().getBytes(StandardCharsets.UTF_8));
    }

    private Uni<AsyncResultSet> compareAndSet(String cql) {
        return LwtRetry.settled(run(cql));
    }

    private Uni<AsyncResultSet> run(String cql) {
        return Uni.createFrom()
                .completionStage(() ->
                        session.executeAsync(SimpleStatement.newInstance(cql).setExecutionProfileName("schema")));
    }
}
