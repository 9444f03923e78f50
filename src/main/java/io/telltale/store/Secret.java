package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.Optional;

/**
 * A random key that all replicas share and that survives restarts. The first replica that reads it creates it. It is
 * stored unencrypted in the keyspace: a user with access to the keyspace can read the readings without the key.
 */
final class Secret {

    private static final int BYTES = 32;

    private final String name;
    private final CqlSession session;
    private final Statements statements;

    Secret(String name, CqlSession session, Statements statements) {
        this.name = name;
        this.session = session;
        this.statements = statements;
    }

    /** Reads the key of 32 bytes, or creates it. Fails as the driver does. */
    Uni<byte[]> key() {
        return read().chain(found ->
                found.map(key -> Uni.createFrom().item(key)).orElseGet(() -> insert().chain(this::key)));
    }

    private Uni<Optional<byte[]>> read() {
        return run(statements.get(Cql.SECRET).boundStatementBuilder().setString(0, name))
                .map(rows -> Optional.ofNullable(rows.one())
                        .map(row -> Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("secret")))));
    }

    /** Inserts a new key by compare-and-set: of several replicas, one succeeds. */
    private Uni<Void> insert() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return LwtRetry.retrying(run(statements
                        .get(Cql.INSERT_SECRET)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setByteBuffer(1, ByteBuffer.wrap(key))))
                .replaceWithVoid();
    }

    private Uni<AsyncResultSet> run(BoundStatementBuilder statement) {
        return Uni.createFrom()
                .completionStage(() -> session.executeAsync(
                        statement.setExecutionProfileName("registry").build()));
    }
}
