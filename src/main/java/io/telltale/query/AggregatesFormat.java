package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.api.MediaTypes;
import io.telltale.sensors.SensorId;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;

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
        byte[] closing(Meta meta, AggregatesFindings findings, HttpServerResponse response) {
            EncodedBytes closing = new EncodedBytes(256).ascii(']');
            writeMeta(meta, findings, closing);
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
        byte[] closing(Meta meta, AggregatesFindings findings, HttpServerResponse response) {
            putTrailers(findings, response);
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
     * @param findings what is known after the last window
     */
    abstract byte[] closing(Meta meta, AggregatesFindings findings, HttpServerResponse response);

    /** Writes the member {@code meta} of a document, with its leading comma. */
    static void writeMeta(Meta meta, AggregatesFindings findings, EncodedBytes target) {
        String percentiles = findings.percentiles();
        target.ascii(",\"meta\":{");
        meta.writeMembers(target);
        if (percentiles != null) {
            target.ascii(",\"percentiles\":\"").ascii(percentiles).ascii('"');
        }
        if (findings.sealed() > 0) {
            target.ascii(",\"sealed\":").integer(findings.sealed());
        }
        target.ascii('}');
    }

    /** Sets the trailers of other forms. Trailers, because the head is already sent. */
    static void putTrailers(AggregatesFindings findings, HttpServerResponse response) {
        String percentiles = findings.percentiles();
        if (percentiles != null) {
            response.putTrailer("telltale-percentiles", percentiles);
        }
        if (findings.sealed() > 0) {
            response.putTrailer("telltale-sealed", Long.toString(findings.sealed()));
        }
    }
}
