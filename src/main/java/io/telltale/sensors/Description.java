package io.telltale.sensors;

import org.jspecify.annotations.Nullable;

/**
 * The unit and site of a sensor, as its readings or its metadata have them.
 *
 * @param unit the unit of its values: 1 to 16 printable ASCII characters, as SenML and UCUM write units
 * @param site the location: the form of a {@link SensorId}, at most 64 characters
 */
public record Description(@Nullable String unit, @Nullable String site) {

    /** Neither unit nor site. */
    public static final Description NONE = new Description(null, null);

    public static final int MAX_UNIT_LENGTH = 16;
    public static final int MAX_SITE_LENGTH = 64;

    /** The expected form of a unit, for error details. */
    public static final String UNIT_FORM =
            "a SenML or UCUM unit of 1 to 16 printable ASCII characters without spaces, such as Cel or %RH";

    /** The expected form of a site, for error details. */
    public static final String SITE_FORM = "a letter or digit, then up to 63 letters, digits or . _ : -";

    public Description {
        if (unit != null && !isUnit(unit)) {
            throw new IllegalArgumentException("unit '%s' is not %s".formatted(Excerpt.of(unit), UNIT_FORM));
        }
        if (site != null && !isSite(site)) {
            throw new IllegalArgumentException("site '%s' is not %s".formatted(Excerpt.of(site), SITE_FORM));
        }
    }

    public static Description of(@Nullable String unit, @Nullable String site) {
        return unit == null && site == null ? NONE : new Description(unit, site);
    }

    /** This description with the values of {@code newer}; absent ones stay. */
    public Description updatedBy(Description newer) {
        return of(newer.unit == null ? unit : newer.unit, newer.site == null ? site : newer.site);
    }

    /** A plain loop, because it is called for every record. */
    public static boolean isUnit(String text) {
        if (text.isEmpty() || text.length() > MAX_UNIT_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) >= 0x7f) {
                return false;
            }
        }
        return true;
    }

    public static boolean isSite(String text) {
        return IdSyntax.isName(text, MAX_SITE_LENGTH);
    }
}
