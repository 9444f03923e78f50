package io.telltale.store;

import com.datastax.oss.protocol.internal.util.Bytes;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;

/** Reads and writes table {@code secrets}, once the service has connected. {@link Secret} does so before. */
@Singleton
class SecretTable {

    private final Database database;

    @Inject
    SecretTable(Database database) {
        this.database = database;
    }

    Uni<Optional<byte[]>> find(String name) {
        return database.run(statements -> statements
                        .get(Cql.SECRET)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one())
                        .map(row -> Bytes.getArray(Objects.requireNonNull(row.getByteBuffer("secret")))));
    }

    /** Inserts a secret, unless another replica has inserted one of its name. */
    Uni<Void> insert(String name, byte[] secret) {
        return database.run(statements -> statements
                        .get(Cql.INSERT_SECRET)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setByteBuffer(1, ByteBuffer.wrap(secret))
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
