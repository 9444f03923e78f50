package io.telltale.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Description;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What readings report of a sensor, each field with the record time of the latest record that reported it. The same
 * records give the same result in any order and any grouping.
 *
 * @param description the reported fields
 * @param unitAtMillis when the unit was last reported, in milliseconds since the epoch; {@link #NEVER} without a unit
 * @param siteAtMillis when the site was last reported; {@link #NEVER} without a site
 */
public record TimestampedDescription(Description description, long unitAtMillis, long siteAtMillis) {

    /** The time of an absent field. */
    public static final long NEVER = Long.MIN_VALUE;

    /** No field is reported. */
    public static final TimestampedDescription NONE = new TimestampedDescription(Description.NONE, NEVER, NEVER);

    public TimestampedDescription {
        if ((description.unit() == null) != (unitAtMillis == NEVER)
                || (description.site() == null) != (siteAtMillis == NEVER)) {
            throw new IllegalArgumentException("%s has times %d and %d ms; expected a time for each present field only"
                    .formatted(description, unitAtMillis, siteAtMillis));
        }
    }

    /** What one record reports. */
    public static TimestampedDescription of(Description reported, long recordTimeMillis) {
        return of(reported, recordTimeMillis, recordTimeMillis);
    }

    /** Ignores the times of absent fields. */
    static TimestampedDescription of(Description reported, long unitAtMillis, long siteAtMillis) {
        return reported.equals(Description.NONE)
                ? NONE
                : new TimestampedDescription(
                        reported,
                        reported.unit() == null ? NEVER : unitAtMillis,
                        reported.site() == null ? NEVER : siteAtMillis);
    }

    /**
     * Combines both: the later value of each field wins. At equal times the text with the greater bytes in UTF-8 wins,
     * as Cassandra decides between cells with the same write timestamp.
     */
    public TimestampedDescription and(TimestampedDescription other) {
        boolean isUnitHere = wins(unit(), unitAtMillis, other.unit(), other.unitAtMillis);
        boolean isSiteHere = wins(site(), siteAtMillis, other.site(), other.siteAtMillis);
        return of(
                Description.of(isUnitHere ? unit() : other.unit(), isSiteHere ? site() : other.site()),
                Math.max(unitAtMillis, other.unitAtMillis),
                Math.max(siteAtMillis, other.siteAtMillis));
    }

    private static boolean wins(@Nullable String here, long hereAt, @Nullable String there, long thereAt) {
        if (here == null || there == null) {
            return there == null;
        }
        return hereAt != thereAt ? hereAt > thereAt : here.equals(there) || hasGreaterBytes(here, there);
    }

    private static boolean hasGreaterBytes(String here, String there) {
        return Arrays.compareUnsigned(here.getBytes(UTF_8), there.getBytes(UTF_8)) > 0;
    }

    /** The fields that {@code other} has too, with the values of this description. */
    TimestampedDescription fieldsOf(TimestampedDescription other) {
        return of(
                Description.of(other.unit() == null ? null : unit(), other.site() == null ? null : site()),
                unitAtMillis,
                siteAtMillis);
    }

    @Nullable
    String unit() {
        return description.unit();
    }

    @Nullable
    String site() {
        return description.site();
    }

    /** The record time up to which every present field is confirmed; {@link #NEVER} if no field is present. */
    long confirmedAtMillis() {
        if (unit() == null || site() == null) {
            return Math.max(unitAtMillis, siteAtMillis);
        }
        return Math.min(unitAtMillis, siteAtMillis);
    }
}
