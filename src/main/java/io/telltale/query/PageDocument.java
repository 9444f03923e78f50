package io.telltale.query;

import io.telltale.sensors.SensorId;
import io.telltale.store.StoredReading;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the JSON document of one page of readings from start to end, whole or in pieces. */
final class PageDocument {

    static final int BYTES_PER_READING = 64;

    private static final ReadingEncoder ENCODER = new ReadingEncoder();

    private final SensorId sensorId;
    private final RangeQuery query;
    private boolean isFirst = true;

    PageDocument(SensorId sensorId, RangeQuery query) {
        this.sensorId = sensorId;
        this.query = query;
    }

    void open(EncodedBytes body) {
        body.ascii("{\"sensorId\":\"").ascii(sensorId.value());
        body.ascii("\",\"from\":\"").instant(query.range().fromMillis());
        body.ascii("\",\"to\":\"").instant(query.range().toMillis()).ascii("\",\"readings\":[");
    }

    void add(List<StoredReading> readings, EncodedBytes body) {
        for (StoredReading reading : readings) {
            if (!isFirst) {
                body.ascii(',');
            }
            isFirst = false;
            ENCODER.object(reading.timestampMillis(), reading.value(), body);
        }
    }

    /** @param next the cursor of the next page, if there is one */
    void close(@Nullable String next, Meta meta, EncodedBytes body) {
        body.ascii(']');
        if (next != null) {
            body.ascii(",\"next\":").jsonString(next);
        }
        body.ascii(",\"meta\":{");
        meta.writeMembers(body);
        body.ascii("}}");
    }
}
