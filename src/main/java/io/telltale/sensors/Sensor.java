package io.telltale.sensors;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A thing with an id, a type, a unit and a site. Its type never changes; unit and site are what a person set, and else
 * what its readings said last.
 *
 * @param id its id, unique among all types
 * @param type its type
 * @param said what its readings said last
 * @param assigned what a person set
 */
public record Sensor(SensorId id, SensorType type, Description said, SensorMetadata assigned) {

    /** How many times the expected interval the newest reading may be old before it is stale. */
    public static final int STALE_AFTER_INTERVALS = 2;

    /** A sensor of which nobody set anything. */
    public Sensor(SensorId id, SensorType type, Description said) {
        this(id, type, said, SensorMetadata.NONE);
    }

    /** Its unit and site, where known. */
    public Description description() {
        return said.updatedBy(assigned.description());
    }

    /** Its unit and site, once readings said {@code newer}: what a person set wins all the same. */
    public Description describedBy(Description newer) {
        return said.updatedBy(newer).updatedBy(assigned.description());
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
