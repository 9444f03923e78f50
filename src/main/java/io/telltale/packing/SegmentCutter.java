package io.telltale.packing;

import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentSummary;
import io.telltale.segment.SegmentWriter;
import io.telltale.segment.Summarizer;
import io.telltale.sensors.SensorId;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Cuts the readings of sensors into segments of one sensor, with summaries. Holds one segment. */
final class SegmentCutter {

    /** An hour of one reading per second: 5 to 30 KB. */
    static final int MAX_READINGS = 3_600;

    /** The same limit in characters of texts. */
    static final int MAX_CHARACTERS = 1 << 17;

    /** The margin of the time to live, for the skew between this clock and Cassandra's. */
    static final long MARGIN_SECONDS = 3_600;

    /** Cassandra's maximum: 20 years of 365 days. */
    private static final long MAX_TTL_SECONDS = 20L * 365 * 24 * 3_600;

    private final SegmentWriter writer = new SegmentWriter(MAX_READINGS);
    private final Summarizer summarizer = new Summarizer();
    private final long nowSecond;
    private @Nullable SensorId sensorId;
    private long startMillis;
    private long lastExpirySecond;
    private int readings;
    private int characters;

    /** @param nowSecond the current second */
    SegmentCutter(long nowSecond) {
        this.nowSecond = nowSecond;
    }

    /** Adds a reading. Returns the segment before it, if the reading begins another one. */
    Optional<PackedSegment> add(PackableReading reading) {
        Optional<PackedSegment> before = readings > 0
                        && (!reading.sensorId().equals(sensorId)
                                || readings >= MAX_READINGS
                                || characters >= MAX_CHARACTERS)
                ? finish()
                : Optional.empty();
        if (readings == 0) {
            sensorId = reading.sensorId();
            startMillis = reading.timestampMillis();
            lastExpirySecond = Long.MIN_VALUE;
        }
        writer.add(reading);
        summarizer.add(reading);
        readings++;
        characters += reading.value().characters();
        lastExpirySecond = Math.max(lastExpirySecond, reading.expirySecond());
        return before;
    }

    /** Returns the last segment, if there is one. */
    Optional<PackedSegment> finish() {
        if (readings == 0) {
            return Optional.empty();
        }
        PackedSegment segment = new PackedSegment(
                Objects.requireNonNull(sensorId),
                startMillis,
                writer.finish(),
                SegmentSummary.encode(summarizer.finish()),
                ttlSeconds(lastExpirySecond, nowSecond));
        readings = 0;
        characters = 0;
        return Optional.of(segment);
    }

    /**
     * Until the last of some readings has expired; 0 if one never expires. At least the margin: all may have expired,
     * but the segment is read back before its mark.
     */
    static int ttlSeconds(long lastExpirySecond, long nowSecond) {
        if (lastExpirySecond == SegmentReading.NEVER) {
            return 0;
        }
        long seconds = Math.max(0, lastExpirySecond - nowSecond) + MARGIN_SECONDS;
        return seconds > MAX_TTL_SECONDS ? 0 : (int) seconds;
    }
}
