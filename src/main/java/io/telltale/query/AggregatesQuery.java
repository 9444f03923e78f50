package io.telltale.query;

import io.telltale.aggregate.AggregateFunction;
import io.telltale.aggregate.AutoInterval;
import io.telltale.aggregate.Fill;
import io.telltale.aggregate.Interval;
import io.telltale.aggregate.IntervalFormatException;
import io.telltale.aggregate.SummaryRule;
import io.telltale.aggregate.TimeZones;
import io.telltale.aggregate.Windows;
import io.telltale.api.Consistency;
import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.sensors.TimeRange;
import java.time.ZoneId;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A query for aggregates, of one sensor or many.
 *
 * @param interval the interval that is used, ISO 8601: letters, digits, points and commas
 * @param windows at most 10,000
 * @param functions at least one
 */
record AggregatesQuery(
        String interval, Windows windows, Set<AggregateFunction> functions, Fill fill, Consistency consistency) {

    AggregatesQuery {
        functions = Collections.unmodifiableSet(EnumSet.copyOf(functions));
    }

    /**
     * Parses a request and counts its windows.
     *
     * @param nowMillis the value of {@code now}, in milliseconds since the epoch
     * @throws ProblemException {@code bad-parameter} if a parameter is bad or missing, or there are too many windows
     */
    static AggregatesQuery of(Parameters parameters, long nowMillis) {
        ZoneId zone = zone(parameters);
        TimeRange range = parameters.timeRange(nowMillis);
        String interval = interval(parameters, zone, range);
        Windows windows = new Windows(parse(interval), zone, range);
        long count = windows.count();
        if (count > Windows.MAX_COUNT) {
            throw bad("parameter interval is '%s', which cuts %s into about %d windows; expected at most %d"
                    .formatted(interval, windows.range(), count, Windows.MAX_COUNT));
        }
        return new AggregatesQuery(
                interval,
                windows,
                functions(parameters),
                parameters.choice("fill", Fill.class).orElse(Fill.NONE),
                parameters.consistency());
    }

    /** The interval in ISO 8601; {@code auto} becomes the interval that it selects. */
    private static String interval(Parameters parameters, ZoneId zone, TimeRange range) {
        String text = parameters.text("interval").orElseThrow(() -> Problem.missingParameter("interval", Interval.FORM)
                .exception());
        int points = parameters.integer("points", 1, Windows.MAX_COUNT, AutoInterval.DEFAULT_POINTS);
        if (text.equals(AutoInterval.NAME)) {
            return AutoInterval.select(zone, range, points);
        }
        if (points != AutoInterval.DEFAULT_POINTS) {
            throw Problem.badParameter(
                            "points",
                            Integer.toString(points),
                            "%d, its default, or none; only interval=auto takes another value"
                                    .formatted(AutoInterval.DEFAULT_POINTS))
                    .exception();
        }
        parse(text);
        return Interval.iso(text);
    }

    TimeRange range() {
        return windows.range();
    }

    /**
     * The longest body in bytes if no reading is a text. A number takes up to 17 digits, sign, point and exponent, and
     * the name of its function.
     */
    long maxBytesWithoutTexts() {
        long bytesPerWindow = 100;
        for (AggregateFunction function : functions) {
            bytesPerWindow += switch (function) {
                case FIRST, LAST -> 90;
                default -> 36;
            };
        }
        return windows.count() * bytesPerWindow;
    }

    /** Which summaries can replace their readings; empty if none can. */
    Optional<SummaryRule> summaryRule() {
        return SummaryRule.isUseful(windows) ? Optional.of(new SummaryRule(windows, functions)) : Optional.empty();
    }

    boolean hasPercentiles() {
        return functions.stream().anyMatch(AggregateFunction::isPercentile);
    }

    private static Interval parse(String text) {
        try {
            return Interval.parse(text);
        } catch (IntervalFormatException e) {
            throw Problem.badParameter("interval", text, String.valueOf(e.getMessage()))
                    .exception();
        }
    }

    private static ZoneId zone(Parameters parameters) {
        String text = parameters.text("timezone").orElse("UTC");
        // An unencoded plus arrives as a space, and no zone has one.
        return TimeZones.find(text.replace(' ', '+')).orElseThrow(() -> Problem.badParameter(
                        "timezone",
                        text,
                        "an IANA time zone of version %s such as Europe/Berlin, or an offset such as +02:00"
                                .formatted(TimeZones.version()))
                .exception());
    }

    private static Set<AggregateFunction> functions(Parameters parameters) {
        String text = String.join(",", parameters.texts("functions"));
        if (text.isEmpty()) {
            return AggregateFunction.DEFAULT;
        }
        Set<AggregateFunction> functions = EnumSet.noneOf(AggregateFunction.class);
        for (String key : text.split(",", -1)) {
            functions.add(AggregateFunction.of(key)
                    .orElseThrow(() -> Problem.badParameter("functions", text, AggregateFunction.FORM)
                            .exception()));
        }
        return functions;
    }

    private static ProblemException bad(String detail) {
        return Problem.of(ProblemCode.BAD_PARAMETER, detail).exception();
    }
}
