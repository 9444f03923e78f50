package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.api.MediaTypes;
import io.telltale.sensors.SensorId;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The format of a response of windows. */
enum AggregatesFormat {
    /** One JSON document, {@code {"sensorId","interval","windows":[…],"meta"}}. */
    DOCUMENT(MediaType.APPLICATION_JSON) {
        @Override
        byte[] opening(SensorId sensorId, AggregatesQuery query) {
            return "{\"sensorId\":\"%s\",\"interval\":\"%s\",\"windows\":["
                    .formatted(sensorId, query.interval())
                    .getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        void window(AggregatedWindow window, boolean isFirst, WindowEncoder encoder, EncodedBytes target) {
            if (!isFirst) {
                target.ascii(',');
            }
            encoder.object(window, target);
        }

        @Override
        byte[] closing(Meta meta, @Nullable String percentiles, HttpServerResponse response) {
            EncodedBytes closing = new EncodedBytes(256).ascii(']');
            writeMeta(meta, percentiles, closing);
            return closing.ascii('}').toByteArray();
        }
    },

    /** NDJSON, one window per line. */
    LINES(MediaTypes.NDJSON) {
        @Override
        byte[] opening(SensorId sensorId, AggregatesQuery query) {
            return ResponseStream.EMPTY;
        }

        @Override
        void window(AggregatedWindow window, boolean isFirst, WindowEncoder encoder, EncodedBytes target) {
            encoder.object(window, target);
            target.ascii('\n');
        }

        @Override
        byte[] closing(Meta meta, @Nullable String percentiles, HttpServerResponse response) {
            putTrailer(percentiles, response);
            return ResponseStream.EMPTY;
        }
    };

    private final String mediaType;

    AggregatesFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    String mediaType() {
        return mediaType;
    }

    /** The body before the first window. */
    abstract byte[] opening(SensorId sensorId, AggregatesQuery query);

    /** One window. */
    abstract void window(AggregatedWindow window, boolean isFirst, WindowEncoder encoder, EncodedBytes target);

    /**
     * The body after the last window.
     *
     * @param percentiles how percentiles were computed; null if none was requested
     */
    abstract byte[] closing(Meta meta, @Nullable String percentiles, HttpServerResponse response);

    /** Writes the member {@code meta} of a document, with its leading comma. */
    static void writeMeta(Meta meta, @Nullable String percentiles, EncodedBytes target) {
        target.ascii(",\"meta\":{");
        meta.writeMembers(target);
        if (percentiles != null) {
            target.ascii(",\"percentiles\":\"").ascii(percentiles).ascii('"');
        }
        target.ascii('}');
    }

    /** Sets the trailer of other forms. A trailer, because the head is already sent. */
    static void putTrailer(@Nullable String percentiles, HttpServerResponse response) {
        if (percentiles != null) {
            response.putTrailer("telltale-percentiles", percentiles);
        }
    }
}
