package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.sensors.SensorId;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What an answer of windows looks like. Both forms are sent window by window. */
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
            EncodedBytes closing = new EncodedBytes(256).ascii("],\"meta\":{");
            meta.writeMembers(closing);
            if (percentiles != null) {
                closing.ascii(",\"percentiles\":\"").ascii(percentiles).ascii('"');
            }
            return closing.ascii("}}").toByteArray();
        }
    },

    /** A window on each line of NDJSON. */
    LINES(ReadingsResource.NDJSON) {
        @Override
        byte[] opening(SensorId sensorId, AggregatesQuery query) {
            return ResponseStream.NOTHING;
        }

        @Override
        void window(AggregatedWindow window, boolean isFirst, WindowEncoder encoder, EncodedBytes target) {
            encoder.object(window, target);
            target.ascii('\n');
        }

        @Override
        byte[] closing(Meta meta, @Nullable String percentiles, HttpServerResponse response) {
            // The headers have left long ago.
            if (percentiles != null) {
                response.putTrailer("telltale-percentiles", percentiles);
            }
            return ResponseStream.NOTHING;
        }
    };

    private final String mediaType;

    AggregatesFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    String mediaType() {
        return mediaType;
    }

    /** What comes before the first window. */
    abstract byte[] opening(SensorId sensorId, AggregatesQuery query);

    /** One window. */
    abstract void window(AggregatedWindow window, boolean isFirst, WindowEncoder encoder, EncodedBytes target);

    /**
     * What comes after the last window.
     *
     * @param percentiles where they came from, which is known only then; null where none is asked for
     */
    abstract byte[] closing(Meta meta, @Nullable String percentiles, HttpServerResponse response);
}
