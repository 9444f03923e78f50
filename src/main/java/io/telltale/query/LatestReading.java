package io.telltale.query;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The newest reading of a sensor, as the API document describes it.
 *
 * @param value a number, a boolean or a string
 * @param ageMs how long ago it was read, in milliseconds; negative if its timestamp is ahead of the clock
 * @param stale whether that is longer than twice the sensor's expected interval; absent where it has none
 */
@Schema(
        name = "LatestReading",
        requiredProperties = {"sensorId", "timestamp", "value", "ageMs"})
public record LatestReading(
        @Schema(ref = "SensorId") String sensorId,
        @Schema(ref = "Moment") String timestamp,
        @Schema(ref = "Value") Object value,

        @Schema(description = "How long ago it was, in milliseconds; below 0 where its time is ahead.")
        long ageMs,

        @Schema(
                description =
                        "Whether that is longer than twice the sensor's expected interval; left out where it has none.")
        @Nullable
        Boolean stale) {}
