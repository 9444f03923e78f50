package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.MetadataUpdate;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sets of sensors what a person says. In an order that leaves nothing wrong, wherever it breaks off: the sensor is put on
 * the list of the site it will stand at, other replicas are told to look it up again, it is changed by compare-and-set,
 * and then taken off the list of the site it left.
 */
@Singleton
public class MetadataUpdates {

    private final Database database;
    private final SensorRegistry sensors;
    private final SensorLists lists;
    private final SensorChanges changes;
    private final Clock clock;

    @Inject
    MetadataUpdates(Database database, SensorRegistry sensors, SensorLists lists, SensorChanges changes, Clock clock) {
        this.database = database;
        this.sensors = sensors;
        this.lists = lists;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * Changes what is set of a sensor. Completes when that is durable; other replicas know it within 10 s. Doing it again
     * changes nothing.
     *
     * @return the sensor as it is then; empty if it was never seen
     */
    public Uni<Optional<Sensor>> apply(SensorId id, MetadataUpdate change) {
        return sensors.read(id, Consistency.DEFAULT)
                .chain(found -> found.isEmpty() || change.named().isEmpty()
                        ? Uni.createFrom().item(found)
                        : apply(found.get(), change).chain(() -> sensors.read(id, Consistency.DEFAULT)));
    }

    private Uni<Void> apply(Sensor sensor, MetadataUpdate change) {
        long nowMillis = clock.millis();
        SensorId id = sensor.id();
        SensorMetadata after = change.appliedTo(sensor.assigned());
        String left = sensor.description().site();
        String site = new Sensor(id, sensor.type(), sensor.said(), after)
                .description()
                .site();
        return (change.names(Field.SITE) && site != null
                        ? lists.list(site, id)
                        : Uni.createFrom().voidItem())
                .chain(() -> changes.note(id))
                .chain(() -> set(sensor, change))
                .chain(() -> left == null || left.equals(site)
                        ? Uni.createFrom().voidItem()
                        : lists.remove(left, id, nowMillis)
                                // Whoever lists that site next does it.
                                .onFailure(StoreUnavailableException.class)
                                .recoverWithNull());
    }

    /** The type is fixed for ever, so the condition holds; what it gives is one order of all changes, whatever clocks say. */
    private Uni<Void> set(Sensor sensor, MetadataUpdate change) {
        return database.run(statements -> assignment(statements, sensor, change))
                .invoke(answer -> {
                    if (!answer.wasApplied()) {
                        throw new IllegalStateException(
                                "sensor %s is not of type %s any more".formatted(sensor.id(), sensor.type()));
                    }
                })
                .replaceWithVoid();
    }

    private static BoundStatement assignment(Statements statements, Sensor sensor, MetadataUpdate change) {
        SensorMetadata values = change.values();
        BoundStatementBuilder update = statements
                .get(Cql.ASSIGN)
                .boundStatementBuilder()
                .setString(5, sensor.id().value())
                .setString(6, sensor.type().name())
                .setExecutionProfileName("registry");
        // What is not set here stays as it is.
        if (change.names(Field.UNIT)) {
            update = update.setString(0, values.description().unit());
        }
        if (change.names(Field.SITE)) {
            update = update.setString(1, values.description().site());
        }
        if (change.names(Field.NAME)) {
            update = update.setString(2, values.name());
        }
        if (change.names(Field.LABELS)) {
            update = update.setMap(3, values.labels(), String.class, String.class);
        }
        if (change.names(Field.EXPECTED_INTERVAL)) {
            update = update.setString(4, written(values));
        }
        return update.build();
    }

    private static @Nullable String written(SensorMetadata values) {
        return values.expectedInterval() == null
                ? null
                : values.expectedInterval().toString();
    }
}
