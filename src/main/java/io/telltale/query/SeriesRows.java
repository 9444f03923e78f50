package io.telltale.query;

import io.telltale.aggregate.Aggregate;
import io.telltale.aggregate.AggregateFunction;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.api.MediaTypes;
import io.telltale.wire.CsvEncoder;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/**
 * CSV, one window per row, {@code start,end,<by>,<functions>}. A null is an empty field; {@code first} and {@code last}
 * are the values of their readings.
 */
final class SeriesRows implements SeriesFormat {

    private final String by;
    private final Set<AggregateFunction> functions;
    private final CsvEncoder csv;

    SeriesRows(AggregatesQuery query, Grouping grouping, CsvEncoder csv) {
        this.by = grouping.by();
        this.functions = query.functions();
        this.csv = csv;
    }

    @Override
    public String mediaType() {
        return MediaTypes.CSV + ";charset=UTF-8";
    }

    @Override
    public byte[] opening() {
        EncodedBytes header = new EncodedBytes(128).ascii("start,end,").ascii(by);
        functions.forEach(function -> header.ascii(',').ascii(function.key()));
        return header.ascii(CsvEncoder.LINE_END).toByteArray();
    }

    @Override
    public void series(SeriesKey series, boolean isFirst, EncodedBytes target) {}

    @Override
    public void window(AggregatedWindow window, SeriesKey series, boolean isFirst, EncodedBytes target) {
        target.instant(window.window().startMillis()).ascii(',');
        target.instant(window.window().endMillis()).ascii(',');
        series.writeCsv(csv, target);
        for (AggregateFunction function : functions) {
            target.ascii(',');
            if (window.result(function) instanceof Aggregate.Count count) {
                target.integer(count.count());
            } else if (window.result(function) instanceof Aggregate.Numeric number) {
                target.number(number.number());
            } else if (window.result(function) instanceof Aggregate.Sample sample) {
                csv.value(sample.reading().value(), target);
            }
        }
        target.ascii(CsvEncoder.LINE_END);
    }

    @Override
    public byte[] closing(boolean isEmpty, Meta meta, AggregatesFindings findings, HttpServerResponse response) {
        AggregatesFormat.putTrailers(findings, response);
        return ResponseStream.EMPTY;
    }
}
