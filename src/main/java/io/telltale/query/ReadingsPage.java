package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A page of one sensor's readings, as the API document describes it. The answers themselves are written without it, a
 * reading at a time.
 *
 * @param from the first instant of the range, inclusive
 * @param to the end of the range, exclusive
 * @param next the cursor of the next page; absent on the last
 * @param meta what the answer is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(
        name = "ReadingsPage",
        requiredProperties = {"sensorId", "from", "to", "readings", "meta"})
public record ReadingsPage(
        @Schema(ref = "SensorId") String sensorId,
        @Schema(ref = "Moment") String from,
        @Schema(ref = "Moment") String to,
        List<TimedValue> readings,
        @Schema(ref = "Cursor") @Nullable String next,
        Meta meta) {

    /**
     * One reading of the sensor.
     *
     * @param value a number, a boolean or a string
     */
    @Schema(
            name = "TimedValue",
            requiredProperties = {"timestamp", "value"})
    public record TimedValue(
            @Schema(ref = "Moment") String timestamp,
            @Schema(ref = "Value") Object value) {}
}
