package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorMetadata;
import io.telltale.store.StoredReading;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A sensor as the API shows it.
 *
 * @param sensorId its id
 * @param type its type
 * @param unit the unit of its values, where one was said
 * @param site where it stands, where that was said
 * @param name what a person calls it
 * @param labels what a person set besides; absent if there are none
 * @param expectedInterval how often a reading is expected, ISO 8601
 * @param lastSeen the event time of its newest reading, RFC 3339 UTC with milliseconds; absent while it has none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(
        name = "Sensor",
        description = "What is not known of it is left out.",
        requiredProperties = {"sensorId", "type"})
public record SensorView(
        @Schema(ref = "SensorId") String sensorId,
        @Schema(ref = "SensorType") String type,

        @Schema(description = "The unit of its values.", maxLength = 16) @Nullable
        String unit,

        @Schema(ref = "Site") @Nullable String site,

        @Schema(description = "What a person calls it.", maxLength = 128) @Nullable
        String name,

        @Schema(description = "What a person set besides.") @Nullable
        Map<String, String> labels,

        @Schema(description = "How often a reading is expected, ISO 8601.", examples = "PT10S") @Nullable
        String expectedInterval,

        @Schema(ref = "Moment") @Nullable String lastSeen) {

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
