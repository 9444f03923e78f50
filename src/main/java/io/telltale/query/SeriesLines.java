package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.api.MediaTypes;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;

/** NDJSON, one window per line, {@code {"start","end",<by>,<functions>}}. */
final class SeriesLines implements SeriesFormat {

    private final String by;
    private final WindowEncoder encoder;

    SeriesLines(AggregatesQuery query, Grouping grouping) {
        this.by = grouping.by();
        this.encoder = new WindowEncoder(query.functions());
    }

    @Override
    public String mediaType() {
        return MediaTypes.NDJSON;
    }

    @Override
    public byte[] opening() {
        return ResponseStream.EMPTY;
    }

    @Override
    public void series(SeriesKey series, boolean isFirst, EncodedBytes target) {}

    @Override
    public void window(AggregatedWindow window, SeriesKey series, boolean isFirst, EncodedBytes target) {
        encoder.object(window, by, series, target);
        target.ascii('\n');
    }

    @Override
    public byte[] closing(boolean isEmpty, Meta meta, AggregatesFindings findings, HttpServerResponse response) {
        AggregatesFormat.putTrailers(findings, response);
        return ResponseStream.EMPTY;
    }
}
