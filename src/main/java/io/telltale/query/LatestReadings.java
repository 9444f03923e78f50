package io.telltale.query;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The newest readings of many sensors, as the API document describes them.
 *
 * @param next the cursor of the next page; absent on the last
 */
@Schema(
        name = "LatestReadings",
        requiredProperties = {"readings"})
public record LatestReadings(
        List<SensorReading> readings,
        @Schema(ref = "Cursor") @Nullable String next) {

    /**
     * A reading, with the sensor it is of.
     *
     * @param value a number, a boolean or a string
     */
    @Schema(
            name = "SensorReading",
            requiredProperties = {"sensorId", "timestamp", "value"})
    public record SensorReading(
            @Schema(ref = "SensorId") String sensorId,
            @Schema(ref = "Moment") String timestamp,
            @Schema(ref = "Value") Object value) {}
}
