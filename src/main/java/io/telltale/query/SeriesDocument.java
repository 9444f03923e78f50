package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;

/** One JSON document, {@code {"interval","series":[{"sensorId" or "group","windows":[…]}],"meta"}}. */
final class SeriesDocument implements SeriesFormat {

    private static final String END_OF_SERIES = "]}";

    private final String interval;
    private final String keyMember;
    private final WindowEncoder encoder;

    SeriesDocument(AggregatesQuery query, Grouping grouping) {
        this.interval = query.interval();
        this.keyMember = grouping.isBySensor() ? "sensorId" : "group";
        this.encoder = new WindowEncoder(query.functions());
    }

    @Override
    public String mediaType() {
        return MediaType.APPLICATION_JSON;
    }

    @Override
    public byte[] opening() {
        return "{\"interval\":\"%s\",\"series\":[".formatted(interval).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void series(SeriesKey series, boolean isFirst, EncodedBytes target) {
        if (!isFirst) {
            target.ascii(END_OF_SERIES).ascii(',');
        }
        target.ascii("{\"").ascii(keyMember).ascii("\":");
        series.writeJson(target);
        target.ascii(",\"windows\":[");
    }

    @Override
    public void window(AggregatedWindow window, SeriesKey series, boolean isFirst, EncodedBytes target) {
        if (!isFirst) {
            target.ascii(',');
        }
        encoder.object(window, target);
    }

    @Override
    public byte[] closing(boolean isEmpty, Meta meta, AggregatesFindings findings, HttpServerResponse response) {
        EncodedBytes closing = new EncodedBytes(256);
        if (!isEmpty) {
            closing.ascii(END_OF_SERIES);
        }
        closing.ascii(']');
        AggregatesFormat.writeMeta(meta, findings, closing);
        return closing.ascii('}').toByteArray();
    }
}
