package io.telltale.sensors;

import org.jspecify.annotations.Nullable;

/**
 * What a reading may say of its sensor besides the value.
 *
 * @param unit the unit of its values: 1 to 16 printable ASCII characters, as SenML and UCUM write units
 * @param site where it stands: the form of a {@link SensorId}, at most 64 characters
 */
public record Description(@Nullable String unit, @Nullable String site) {

    /** Nothing is said. */
    public static final Description NONE = new Description(null, null);

    public static final int MAX_UNIT_LENGTH = 16;
    public static final int MAX_SITE_LENGTH = 64;

    /** What is expected of a unit, in words for a message. */
    public static final String UNIT_FORM =
            "a SenML or UCUM unit of 1 to 16 printable ASCII characters without spaces, such as Cel or %RH";

    /** What is expected of a site, in words for a message. */
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

    /** What is known once {@code newer} was heard too: what it says wins, what it leaves out stays. */
    public Description updatedBy(Description newer) {
        return of(newer.unit == null ? unit : newer.unit, newer.site == null ? site : newer.site);
    }

    /** Asked for every record, so by hand and not by a stream. */
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
