package io.telltale.query;

import io.telltale.aggregate.Aggregate;
import io.telltale.aggregate.AggregateFunction;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.sensors.TimedValue;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import java.util.Set;

/**
 * Writes windows as JSON: {@code start}, {@code end} and the requested functions, in the order of their declaration.
 */
final class WindowEncoder {

    private final Set<AggregateFunction> functions;
    private final ReadingEncoder readings = new ReadingEncoder();

    WindowEncoder(Set<AggregateFunction> functions) {
        this.functions = functions;
    }

    /** Writes the window as an object on one line, without a line feed. */
    void object(AggregatedWindow aggregated, EncodedBytes target) {
        span(aggregated, target);
        functions(aggregated, target);
    }

    /**
     * Writes the window as an object on one line, with a member for its series after {@code end}.
     *
     * @param member ASCII without escapes
     */
    void object(AggregatedWindow aggregated, String member, SeriesKey series, EncodedBytes target) {
        span(aggregated, target);
        target.ascii(",\"").ascii(member).ascii("\":");
        series.writeJson(target);
        functions(aggregated, target);
    }

    private static void span(AggregatedWindow aggregated, EncodedBytes target) {
        target.ascii("{\"start\":\"").instant(aggregated.window().startMillis());
        target.ascii("\",\"end\":\"").instant(aggregated.window().endMillis()).ascii('"');
    }

    private void functions(AggregatedWindow aggregated, EncodedBytes target) {
        for (AggregateFunction function : functions) {
            target.ascii(",\"").ascii(function.key()).ascii("\":");
            Aggregate result = aggregated.result(function);
            if (result instanceof Aggregate.Count count) {
                target.integer(count.count());
            } else if (result instanceof Aggregate.Numeric number) {
                target.number(number.number());
            } else if (result instanceof Aggregate.Sample sample) {
                TimedValue reading = sample.reading();
                readings.object(reading.timestampMillis(), reading.value(), target);
            } else {
                target.ascii("null");
            }
        }
        target.ascii('}');
    }
}
