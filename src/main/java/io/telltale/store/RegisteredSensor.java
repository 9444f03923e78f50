package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A sensor as a replica knows it.
 *
 * @param metadata what a person set, as far as this replica knows; overrides what readings report
 * @param durable what readings report of it, as Cassandra certainly has it
 * @param observed the same, with the record times at which it was confirmed since
 */
record RegisteredSensor(
        SensorId id,
        SensorType type,
        SensorMetadata metadata,
        TimestampedDescription durable,
        TimestampedDescription observed) {

    /** A sensor that was just registered. */
    static RegisteredSensor of(SensorId id, SensorType type) {
        return new RegisteredSensor(
                id, type, SensorMetadata.NONE, TimestampedDescription.NONE, TimestampedDescription.NONE);
    }

    /** The sensor in a row with all columns of {@code sensors}; empty if it was described, but never registered. */
    static Optional<RegisteredSensor> of(Row row) {
        String type = row.getString("type");
        if (type == null) {
            return Optional.empty();
        }
        TimestampedDescription observed = TimestampedDescription.of(
                Description.of(row.getString("observed_unit"), row.getString("observed_site")),
                ReadingStore.recordTimeMillis(row.getLong("unit_written")),
                ReadingStore.recordTimeMillis(row.getLong("site_written")));
        return Optional.of(new RegisteredSensor(
                new SensorId(Objects.requireNonNull(row.getString("sensor_id"))),
                new SensorType(type),
                metadata(row),
                observed,
                observed));
    }

    private static SensorMetadata metadata(Row row) {
        Map<String, String> labels = row.getMap("labels", String.class, String.class);
        String interval = row.getString("expected_interval");
        return new SensorMetadata(
                Description.of(row.getString("unit"), row.getString("site")),
                row.getString("name"),
                labels == null ? Map.of() : labels,
                interval == null ? null : Duration.parse(interval));
    }

    Sensor sensor() {
        return new Sensor(id, type, observed.description(), metadata);
    }

    /** Combines both, with the metadata of {@code newer}. */
    RegisteredSensor and(RegisteredSensor newer) {
        return new RegisteredSensor(id, type, newer.metadata, durable.and(newer.durable), observed.and(newer.observed));
    }
}
