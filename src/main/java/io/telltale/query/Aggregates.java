package io.telltale.query;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The windows of one sensor, as the API document describes them. The answers themselves are written without it, a window at
 * a time.
 *
 * @param interval as it was asked for
 */
@Schema(
        name = "Aggregates",
        requiredProperties = {"sensorId", "interval", "windows", "meta"})
public record Aggregates(
        @Schema(ref = "SensorId") String sensorId,

        @Schema(description = "As it was asked for.", examples = "PT15M")
        String interval,

        List<AggregateWindow> windows,
        AggregatesMeta meta) {

    /**
     * One window; of the functions only those asked for are there.
     *
     * @param start the first instant, inclusive
     * @param end the end, exclusive
     */
    @Schema(
            name = "AggregateWindow",
            description = "A window, with those of the functions that were asked for.",
            requiredProperties = {"start", "end"})
    public record AggregateWindow(
            @Schema(ref = "Moment") String start,
            @Schema(ref = "Moment") String end,

            @Schema(description = "How many readings lie in it.", minimum = "0")
            long count,

            @Schema(ref = "Figure") @Nullable Double min,
            @Schema(ref = "Figure") @Nullable Double max,
            @Schema(ref = "Figure") @Nullable Double avg,
            @Schema(ref = "Figure") @Nullable Double sum,
            @Schema(ref = "TimedValueOrNull") ReadingsPage.@Nullable TimedValue first,
            @Schema(ref = "TimedValueOrNull") ReadingsPage.@Nullable TimedValue last,
            @Schema(ref = "Figure") @Nullable Double stddev,
            @Schema(ref = "Figure") @Nullable Double p50,
            @Schema(ref = "Figure") @Nullable Double p95,
            @Schema(ref = "Figure") @Nullable Double p99) {}

    /**
     * What the answer is.
     *
     * @param percentiles {@code exact}, or {@code sketch} if those of any window are; there if percentiles were asked for
     */
    @Schema(name = "AggregatesMeta", allOf = Meta.class)
    public record AggregatesMeta(
            @Schema(enumeration = {"exact", "sketch"}) @Nullable
            String percentiles) {}
}
