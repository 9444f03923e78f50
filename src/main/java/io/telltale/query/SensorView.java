package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorMetadata;
import io.telltale.store.StoredReading;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A sensor as the API shows it.
 *
 * @param sensorId its id
 * @param type its type
 * @param unit the unit of its values
 * @param site its location
 * @param name its display name
 * @param labels further labels; absent if there are none
 * @param expectedInterval the expected time between readings, ISO 8601
 * @param lastSeen the event time of its newest reading, RFC 3339 UTC with milliseconds; absent if it has none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SensorView(
        String sensorId,
        String type,

        @Nullable String unit,
        @Nullable String site,
        @Nullable String name,
        @Nullable Map<String, String> labels,
        @Nullable String expectedInterval,
        @Nullable String lastSeen) {

    static SensorView of(Sensor sensor, Optional<StoredReading> newest) {
        SensorMetadata assigned = sensor.assigned();
        return new SensorView(
                sensor.id().value(),
                sensor.type().name(),
                sensor.description().unit(),
                sensor.description().site(),
                assigned.name(),
                assigned.labels().isEmpty() ? null : assigned.labels(),
                assigned.expectedInterval() == null
                        ? null
                        : assigned.expectedInterval().toString(),
                newest.map(reading -> Rfc3339.format(reading.timestampMillis())).orElse(null));
    }
}
