package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.MetadataUpdate;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.store.SensorListEntries.NewEntries;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Applies updates that a person makes to a sensor's metadata. A crash between any two steps leaves no inconsistency,
 * because of their order: insert the sensor into the lists of its new site and labels, log the change for other
 * replicas, change the sensor by compare-and-set, delete it from the lists of its old site and labels.
 */
@Singleton
public class MetadataUpdates {

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorListEntries entries;
    private final SensorChanges changes;
    private final RareLabels rare;
    private final Clock clock;

    @Inject
    MetadataUpdates(
            Database database,
            SensorRegistry sensors,
            SensorListEntries entries,
            SensorChanges changes,
            RareLabels rare,
            Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.entries = entries;
        this.changes = changes;
        this.rare = rare;
        this.clock = clock;
    }

    /** Applies an update to any sensor. */
    Uni<Optional<Sensor>> apply(SensorId id, MetadataUpdate update) {
        return apply(id, update, sensor -> {});
    }

    /**
     * Applies an update. Completes when it is durable; other replicas know it within 10 s. Idempotent.
     *
     * @param condition throws an exception if the sensor, as it is now, may not be updated
     * @return the sensor after the update; empty if it is not registered
     */
    public Uni<Optional<Sensor>> apply(SensorId id, MetadataUpdate update, Consumer<Sensor> condition) {
        return sensors.read(id, Consistency.DEFAULT)
                .invoke(found -> found.ifPresent(condition))
                .chain(found -> found.isEmpty() || update.named().isEmpty()
                        ? Uni.createFrom().item(found)
                        : apply(found.get(), update)
                                .chain(isApplied -> isApplied
                                        ? sensors.read(id, Consistency.DEFAULT)
                                        : apply(id, update, condition)));
    }

    /** @return false if the sensor was shredded meanwhile; another one may be registered under its id */
    private Uni<Boolean> apply(Sensor sensor, MetadataUpdate update) {
        long nowMillis = clock.millis();
        SensorId id = sensor.id();
        Sensor updated = new Sensor(id, sensor.type(), sensor.reported(), update.appliedTo(sensor.assigned()));
        Set<SensorList> current = SensorList.of(updated);
        // Inserted again also where nothing changes: an old entry may be deleted while its sensor does not belong
        // there.
        List<SensorList> written =
                current.stream().filter(list -> dependsOn(list, update)).toList();
        List<SensorList> left = SensorList.of(sensor).stream()
                .filter(list -> !current.contains(list))
                .toList();
        return entries.insert(NewEntries.of(written, id))
                .chain(() -> changes.add(id))
                .chain(() -> set(sensor, update))
                .call(isApplied -> isApplied
                        ? delete(left, id, nowMillis)
                        : Uni.createFrom().voidItem())
                .onTermination()
                .invoke(rare::forget);
    }

    private static boolean dependsOn(SensorList list, MetadataUpdate update) {
        Field field = list.dependsOn();
        return field != null && update.names(field);
    }

    /** Where Cassandra is unavailable, the next reader of a list deletes the entry. */
    private Uni<Void> delete(List<SensorList> left, SensorId id, long nowMillis) {
        return Multi.createFrom()
                .iterable(left)
                .onItem()
                .transformToUni(list -> entries.delete(list, id, nowMillis)
                        .onFailure(StoreUnavailableException.class)
                        .recoverWithNull())
                .merge()
                .collect()
                .last()
                .replaceWithVoid();
    }

    /**
     * The condition on the type gives all updates one order despite clock skew. It holds unless the sensor was shredded
     * since it was read, and keeps an update from creating a row of a sensor that is gone.
     */
    private Uni<Boolean> set(Sensor sensor, MetadataUpdate update) {
        return database.run(statements -> statement(statements, sensor, update)).map(AsyncResultSet::wasApplied);
    }

    private static BoundStatement statement(Statements statements, Sensor sensor, MetadataUpdate update) {
        SensorMetadata values = update.values();
        BoundStatementBuilder statement = statements
                .get(Cql.UPDATE_METADATA)
                .boundStatementBuilder()
                .setString(5, sensor.id().value())
                .setString(6, sensor.type().name())
                .setExecutionProfileName("registry");
        // Cassandra keeps the value of an unset column.
        if (update.names(Field.UNIT)) {
            statement = statement.setString(0, values.description().unit());
        }
        if (update.names(Field.SITE)) {
            statement = statement.setString(1, values.description().site());
        }
        if (update.names(Field.NAME)) {
            statement = statement.setString(2, values.name());
        }
        if (update.names(Field.LABELS)) {
            statement = statement.setMap(3, values.labels(), String.class, String.class);
        }
        if (update.names(Field.EXPECTED_INTERVAL)) {
            statement = statement.setString(4, interval(values));
        }
        return statement.build();
    }

    private static @Nullable String interval(SensorMetadata values) {
        return values.expectedInterval() == null
                ? null
                : values.expectedInterval().toString();
    }
}
