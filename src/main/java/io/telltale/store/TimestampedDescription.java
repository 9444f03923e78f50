package io.telltale.store;

import io.telltale.sensors.Description;
import org.jspecify.annotations.Nullable;

/**
 * What readings say of a sensor, each field with the record time of the latest record that said so. Put together in any
 * order and in any groups, the same records give the same.
 *
 * @param description what is said
 * @param unitAtMillis when the unit was said last, in milliseconds since the epoch; {@link #NEVER} without a unit
 * @param siteAtMillis when the site was said last; {@link #NEVER} without a site
 */
public record TimestampedDescription(Description description, long unitAtMillis, long siteAtMillis) {

    /** The time of what was not said. */
    public static final long NEVER = Long.MIN_VALUE;

    /** Nothing is said. */
    public static final TimestampedDescription NONE = new TimestampedDescription(Description.NONE, NEVER, NEVER);

    public TimestampedDescription {
        if ((description.unit() == null) != (unitAtMillis == NEVER)
                || (description.site() == null) != (siteAtMillis == NEVER)) {
            throw new IllegalArgumentException(
                    "%s said at %d and %d ms: a field has a time if it is there, and only then"
                            .formatted(description, unitAtMillis, siteAtMillis));
        }
    }

    /** What one record says. */
    public static TimestampedDescription of(Description said, long recordTimeMillis) {
        return of(said, recordTimeMillis, recordTimeMillis);
    }

    /** The times are of no account where a field is not there. */
    static TimestampedDescription of(Description said, long unitAtMillis, long siteAtMillis) {
        return said.equals(Description.NONE)
                ? NONE
                : new TimestampedDescription(
                        said, said.unit() == null ? NEVER : unitAtMillis, said.site() == null ? NEVER : siteAtMillis);
    }

    /**
     * Both: of each field what was said later. At equal times the greater text, as Cassandra decides between cells of
     * one write timestamp.
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
        return hereAt != thereAt ? hereAt > thereAt : here.compareTo(there) >= 0;
    }

    /** The fields that {@code other} speaks of too, as they are here. */
    TimestampedDescription where(TimestampedDescription other) {
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

    /** When all of it was said last; {@link #NEVER} if nothing is. */
    long allAtMillis() {
        if (unit() == null || site() == null) {
            return Math.max(unitAtMillis, siteAtMillis);
        }
        return Math.min(unitAtMillis, siteAtMillis);
    }
}
