package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes table {@code sensor_keys}: the wrapped data keys of sensors. All writes are lightweight
 * transactions.
 */
@Singleton
class SensorKeyTable {

    private final Database database;

    /**
     * A data key.
     *
     * @param id from 1, unique within the sensor
     * @param wrapped null once it is destroyed
     */
    record WrappedKey(int id, @Nullable ByteBuffer wrapped) {}

    @Inject
    SensorKeyTable(Database database) {
        this.database = database;
    }

    /** All keys of a sensor, also those that are destroyed. */
    Uni<List<WrappedKey>> of(SensorId sensorId) {
        return database.run(statements -> statements
                        .get(Cql.SENSOR_KEYS)
                        .boundStatementBuilder()
                        .setString(0, sensorId.value())
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> StreamSupport.stream(rows.currentPage().spliterator(), false)
                        .map(row -> new WrappedKey(row.getInt(0), row.getByteBuffer(1)))
                        .toList());
    }

    /** Inserts a key, unless another replica has inserted one with its id. */
    Uni<Void> insert(SensorId sensorId, int keyId, byte[] wrapped) {
        return database.run(statements -> statements
                        .get(Cql.INSERT_SENSOR_KEY)
                        .boundStatementBuilder()
                        .setString(0, sensorId.value())
                        .setInt(1, keyId)
                        .setByteBuffer(2, ByteBuffer.wrap(wrapped))
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Destroys the keys that a sensor has now. Their ids stay, so that a later key gets another one. */
    Uni<Void> destroy(SensorId sensorId) {
        return of(sensorId)
                .onItem()
                .transformToMulti(keys -> Multi.createFrom().iterable(keys))
                .filter(key -> key.wrapped() != null)
                .plug(Concatenation.unis(key -> destroy(sensorId, key.id())))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<AsyncResultSet> destroy(SensorId sensorId, int keyId) {
        return database.run(statements -> statements
                .get(Cql.DESTROY_SENSOR_KEY)
                .boundStatementBuilder()
                .setString(0, sensorId.value())
                .setInt(1, keyId)
                .setExecutionProfileName("registry")
                .build());
    }
}
