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
 * A key that all replicas share, also after they were started again: made by the first of them that asks for it, and kept
 * in the keyspace. Whoever may read that needs no key to get at the readings.
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

    /** The key, 32 bytes; fails as the driver does. */
    Uni<byte[]> key() {
        return read().chain(found ->
                found.map(key -> Uni.createFrom().item(key)).orElseGet(() -> offer().chain(this::key)));
    }

    private Uni<Optional<byte[]>> read() {
        return run(statements.get(Cql.SECRET).boundStatementBuilder().setString(0, name))
                .map(rows -> Optional.ofNullable(rows.one())
                        .map(row -> Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("secret")))));
    }

    /** One of them is taken, if several replicas offer one at once. */
    private Uni<Void> offer() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return LwtRetry.settled(run(statements
                        .get(Cql.OFFER_SECRET)
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
