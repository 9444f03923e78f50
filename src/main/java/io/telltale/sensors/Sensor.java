package io.telltale.sensors;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A registered sensor. Its type never changes. Its unit and site are those that a person set, otherwise those that its
 * readings reported last.
 *
 * @param id unique among all types
 * @param reported what its readings reported last
 * @param assigned what a person set
 */
public record Sensor(SensorId id, SensorType type, Description reported, SensorMetadata assigned) {

    /** How many times the expected interval the newest reading may be old before it is stale. */
    public static final int STALE_AFTER_INTERVALS = 2;

    /** A sensor without metadata that a person set. */
    public Sensor(SensorId id, SensorType type, Description reported) {
        this(id, type, reported, SensorMetadata.NONE);
    }

    /** The unit and site, where known. */
    public Description description() {
        return reported.updatedBy(assigned.description());
    }

    /** The unit and site after a reading reported {@code newer}. What a person set takes precedence. */
    public Description describedBy(Description newer) {
        return reported.updatedBy(newer).updatedBy(assigned.description());
    }

    /**
     * Whether a newest reading of this age is older than twice the expected interval; null where none is expected.
     *
     * @param ageMillis may be negative, where a clock is ahead
     */
    public @Nullable Boolean isStaleAt(long ageMillis) {
        Duration expected = assigned.expectedInterval();
        return expected == null
                ? null
                : ageMillis > expected.multipliedBy(STALE_AFTER_INTERVALS).toMillis();
    }
}
