package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Reads and writes single rows of table {@code sensors}. */
@Singleton
class SensorTable {

    private final Database database;

    @Inject
    SensorTable(Database database) {
        this.database = database;
    }

    /** Finds a sensor; empty if it is not registered. */
    Uni<Optional<RegisteredSensor>> find(SensorId id, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.SENSOR)
                        .boundStatementBuilder()
                        .setString(0, id.value())
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one()).flatMap(RegisteredSensor::of));
    }

    /** Finds sensors in one request, in no particular order, without those that are not registered. */
    Uni<List<RegisteredSensor>> find(List<SensorId> ids, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.SENSORS)
                        .boundStatementBuilder()
                        .setList(0, ids.stream().map(SensorId::value).toList(), String.class)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> StreamSupport.stream(rows.currentPage().spliterator(), false)
                        .map(RegisteredSensor::of)
                        .flatMap(Optional::stream)
                        .toList());
    }

    /**
     * Registers a sensor by compare-and-set.
     *
     * @return false if the id was registered before, under this type or another
     */
    Uni<Boolean> insert(SensorId id, SensorType type) {
        return database.run(statements -> statements
                        .get(Cql.REGISTER_SENSOR)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setString(1, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .map(AsyncResultSet::wasApplied);
    }

    /**
     * Removes a sensor that was shredded, with all that is known of it up to a record time. That may be ahead of the
     * clock, so the fields of records are deleted by themselves.
     */
    Uni<Void> remove(SensorId id, long upToMillis) {
        return database.run(statements -> statements
                        .get(Cql.REMOVE_OBSERVED)
                        .boundStatementBuilder()
                        .setLong(0, ReadingStore.writeTimestampMicros(upToMillis))
                        .setString(1, id.value())
                        .setConsistencyLevel(database.writeLevel())
                        .setExecutionProfileName("write")
                        .build())
                .chain(() -> removeRow(id));
    }

    private Uni<Void> removeRow(SensorId id) {
        return database.run(statements -> statements
                        .get(Cql.REMOVE_SENSOR)
                        .boundStatementBuilder()
                        .setString(0, id.value())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Writes the fields that are present, each with its record time as write timestamp, so the latest record wins. */
    Uni<Void> describe(SensorId id, TimestampedDescription description) {
        return database.run(statements -> update(statements, id, description)).replaceWithVoid();
    }

    private Statement<?> update(Statements statements, SensorId id, TimestampedDescription description) {
        if (description.unit() == null
                || description.site() == null
                || description.unitAtMillis() == description.siteAtMillis()) {
            return fields(statements, id, description)
                    .setConsistencyLevel(database.writeLevel())
                    .setExecutionProfileName("write");
        }
        return BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .addStatement(fields(
                        statements,
                        id,
                        TimestampedDescription.of(
                                new Description(description.unit(), null), description.unitAtMillis())))
                .addStatement(fields(
                        statements,
                        id,
                        TimestampedDescription.of(
                                new Description(null, description.site()), description.siteAtMillis())))
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write")
                .build();
    }

    private static BoundStatement fields(Statements statements, SensorId id, TimestampedDescription description) {
        BoundStatementBuilder update = statements
                .get(Cql.DESCRIBE_SENSOR)
                .boundStatementBuilder()
                .setLong(0, ReadingStore.writeTimestampMicros(description.confirmedAtMillis()))
                .setString(3, id.value());
        if (description.unit() != null) {
            update = update.setString(1, description.unit());
        }
        if (description.site() != null) {
            update = update.setString(2, description.site());
        }
        return update.build();
    }
}
