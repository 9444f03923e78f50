package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout.Storage;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;

/** Types of the running service whose layout says that their readings are written as segments. */
abstract class FreshFixture {

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    @Inject
    ReadingStore store;

    @Inject
    Retention retention;

    final Clock clock = Clock.systemUTC();

    @BeforeEach
    void awaitCassandra() {
        await(database.whenReady());
    }

    /** As a replica with the setting does, before the service sees the type. */
    SensorType typeWithSegments(String name) {
        SensorType type = new SensorType(name + "-" + SharedStack.get().nextNumber());
        Layouts layouts =
                new Layouts(database, StoreSettings.in(config.keyspace()).withSegments(), clock);
        assertThat(await(layouts.toPlace(type, clock.millis())).versions())
                .extracting(Layout.Version::storage)
                .containsExactly(Storage.SEGMENTS);
        return type;
    }

    static Sensor newSensor(SensorType type) {
        return new Sensor(new SensorId(type.name() + "-" + SharedStack.get().nextNumber()), type, Description.NONE);
    }

    void write(Sensor sensor, List<RecordedReading> records) {
        await(store.write(new Lane(sensor.type(), Lane.FIRST), rows(records)));
    }

    SourceContract.Source source(Sensor sensor) {
        return (from, to, order, limit) -> await(store.range(sensor, from, to, order, limit, Consistency.DEFAULT)
                .collect()
                .in(ArrayList::new, List::addAll));
    }

    List<ReadingPage> readings(Sensor sensor, Clock by) {
        return readings(sensor, database, by);
    }

    static List<ReadingPage> readings(Sensor sensor, Database from, Clock by) {
        return readings(sensor, from, by, Order.ASC, 10);
    }

    static List<ReadingPage> readings(Sensor sensor, Database from, Clock by, Order order, long limit) {
        return await(new FreshReadings(from, new History(from), by)
                .readings(
                        HistoryAccess.layout(sensor.type()),
                        new RangeRead(
                                sensor,
                                Reading.MIN_TIMESTAMP_MILLIS,
                                Reading.MAX_TIMESTAMP_MILLIS,
                                order,
                                Consistency.DEFAULT,
                                List.of(),
                                true,
                                new RangeRead.Remaining(limit),
                                new PageSize(sensor.type(), new PageSize.RowSizes())))
                .collect()
                .asList());
    }

    static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(60));
    }
}
