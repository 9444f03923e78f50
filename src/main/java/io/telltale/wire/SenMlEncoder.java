package io.telltale.wire;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the readings of one sensor as entries of a SenML pack (RFC 8428), without the brackets. The first entry has
 * the base name, the base unit, and its own time as the base time; later entries have their times in seconds after it,
 * with milliseconds. {@link SenMlDecoder} decodes the same readings. For one pack. Not thread-safe.
 */
public final class SenMlEncoder {

    /**
     * The first instant of a pack, in milliseconds since the epoch: times below 2<sup>28</sup> s are relative.
     */
    public static final long MIN_TIMESTAMP_MILLIS = (1L << 28) * 1_000;

    private static final long NONE = -1;

    private final SensorId sensorId;
    private final @Nullable String unit;
    private long baseMillis = NONE;

    /** @param unit the unit of the sensor, if known */
    public SenMlEncoder(SensorId sensorId, @Nullable String unit) {
        this.sensorId = sensorId;
        this.unit = unit;
    }

    /**
     * Writes the next entry, after a comma if it is not the first.
     *
     * @param timestampMillis in milliseconds since the epoch, not before {@link #MIN_TIMESTAMP_MILLIS}
     */
    public void entry(long timestampMillis, Value value, EncodedBytes target) {
        if (timestampMillis < MIN_TIMESTAMP_MILLIS) {
            throw new IllegalArgumentException(
                    "timestamp %d ms is before %d ms".formatted(timestampMillis, MIN_TIMESTAMP_MILLIS));
        }
        if (baseMillis == NONE) {
            baseMillis = timestampMillis;
            target.ascii("{\"bn\":\"").ascii(sensorId.value()).ascii("\",\"bt\":");
            seconds(timestampMillis, target);
            if (unit != null) {
                target.ascii(",\"bu\":").jsonString(unit);
            }
        } else {
            target.ascii(",\n{\"t\":");
            seconds(timestampMillis - baseMillis, target);
        }
        if (value instanceof Value.Unavailable unavailable) {
            // Without a value; receivers ignore a label that they do not know.
            target.ascii(",\"sealed\":\"").ascii(unavailable.reason()).ascii("\"}");
            return;
        }
        target.ascii(",\"").ascii(label(value).toString()).ascii("\":").jsonValue(value);
        target.ascii('}');
    }

    private static SenMlLabel label(Value value) {
        if (value instanceof Value.Numeric) {
            return SenMlLabel.NUMBER;
        }
        return value instanceof Value.Flag ? SenMlLabel.FLAG : SenMlLabel.TEXT;
    }

    private static void seconds(long millis, EncodedBytes target) {
        if (millis % 1_000 == 0) {
            target.integer(millis / 1_000);
        } else {
            target.ascii(BigDecimal.valueOf(millis, 3).toPlainString());
        }
    }
}
