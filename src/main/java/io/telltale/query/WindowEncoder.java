package io.telltale.query;

import io.telltale.store.StoredReading;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes windows as JSON: {@code start}, {@code end}, and the functions that were asked for, in their own order. */
final class WindowEncoder {

    private final Set<AggregateFunction> functions;
    private final ReadingEncoder readings = new ReadingEncoder();

    WindowEncoder(Set<AggregateFunction> functions) {
        this.functions = functions;
    }

    /** The window as an object on one line, without a line feed. */
    void object(AggregatedWindow aggregated, EncodedBytes target) {
        target.ascii("{\"start\":\"").instant(aggregated.window().startMillis());
        target.ascii("\",\"end\":\"").instant(aggregated.window().endMillis()).ascii('"');
        for (AggregateFunction function : functions) {
            target.ascii(",\"").ascii(function.key()).ascii("\":");
            switch (function) {
                case COUNT -> target.integer(aggregated.count());
                case FIRST -> reading(aggregated.first(), target);
                case LAST -> reading(aggregated.last(), target);
                default -> number(aggregated.numbers().get(function), target);
            }
        }
        target.ascii('}');
    }

    private void reading(@Nullable StoredReading reading, EncodedBytes target) {
        if (reading == null) {
            target.ascii("null");
        } else {
            readings.object(reading.timestampMillis(), reading.value(), target);
        }
    }

    private static void number(@Nullable Double number, EncodedBytes target) {
        if (number == null) {
            target.ascii("null");
        } else {
            target.number(number);
        }
    }
}
