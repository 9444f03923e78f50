package io.telltale.query;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The newest readings of many sensors, as the API document describes them.
 *
 * @param next the cursor of the next page; absent on the last
 */
@Schema(name = "LatestReadings")
public record LatestReadings(
        List<SensorReading> readings, @Nullable String next) {

    /**
     * A reading, with the sensor it is of.
     *
     * @param value a number, a boolean or a string
     */
    @Schema(name = "SensorReading")
    public record SensorReading(String sensorId, String timestamp, Object value) {}
}
