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
@Schema(name = "Aggregates")
public record Aggregates(String sensorId, String interval, List<AggregateWindow> windows, AggregatesMeta meta) {

    /**
     * One window; of the functions only those asked for are there.
     *
     * @param start the first instant, inclusive
     * @param end the end, exclusive
     */
    @Schema(name = "AggregateWindow")
    public record AggregateWindow(
            @Schema(required = true) String start,
            @Schema(required = true) String end,
            long count,
            @Nullable Double min,
            @Nullable Double max,
            @Nullable Double avg,
            @Nullable Double sum,
            ReadingsPage.@Nullable TimedValue first,
            ReadingsPage.@Nullable TimedValue last,
            @Nullable Double stddev,
            @Nullable Double p50,
            @Nullable Double p95,
            @Nullable Double p99) {}

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
