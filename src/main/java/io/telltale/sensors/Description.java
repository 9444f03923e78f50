package io.telltale.sensors;

import java.text.Normalizer;
import org.jspecify.annotations.Nullable;

/**
 * The unit and site of a sensor, as its readings or its metadata have them.
 *
 * @param unit the unit of its values: 1 to 16 printable Unicode characters in the normal form NFC, spaces inside only
 * @param site the location: the form of a {@link SensorId}, also with spaces inside, at most 64 characters
 */
public record Description(@Nullable String unit, @Nullable String site) {

    /** Neither unit nor site. */
    public static final Description NONE = new Description(null, null);

    public static final int MAX_UNIT_LENGTH = 16;
    public static final int MAX_SITE_LENGTH = 64;

    /** The expected form of a unit, for error details. */
    public static final String UNIT_FORM =
            "a unit of at most 16 printable characters, such as Cel or %RH, spaces inside only";

    /** The expected form of a site, for error details. */
    public static final String SITE_FORM =
            "a letter or digit, then up to 63 letters, digits or . _ : -, spaces inside only";

    /** Bounds the cost of normalization: the parts of 16 characters are fewer. */
    private static final int MAX_UNIT_PARTS = 8 * MAX_UNIT_LENGTH;

    /** Normalizes the unit. */
    public Description {
        if (unit != null) {
            String normalized = normalizedUnit(unit);
            if (normalized == null) {
                throw new IllegalArgumentException("unit '%s' is not %s".formatted(Excerpt.of(unit), UNIT_FORM));
            }
            unit = normalized;
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

    /** Whether the text is a unit once it is normalized. */
    public static boolean isUnit(String text) {
        return normalizedUnit(text) != null;
    }

    /** Checks ASCII by a plain loop, because it is called for every record. */
    private static @Nullable String normalizedUnit(String text) {
        int length = text.length();
        if (length == 0 || length > MAX_UNIT_PARTS || text.charAt(0) == ' ' || text.charAt(length - 1) == ' ') {
            return null;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x7f) {
                return normalizedUnicode(text);
            }
            if (c < ' ') {
                return null;
            }
        }
        return length <= MAX_UNIT_LENGTH ? text : null;
    }

    private static @Nullable String normalizedUnicode(String text) {
        String normalized = Normalizer.normalize(text, Normalizer.Form.NFC);
        boolean isUnit = normalized.codePointCount(0, normalized.length()) <= MAX_UNIT_LENGTH
                && normalized.codePoints().allMatch(Description::isPrintable);
        return isUnit ? normalized : null;
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> true;
        };
    }

    public static boolean isSite(String text) {
        return IdSyntax.isNameWithSpaces(text, MAX_SITE_LENGTH);
    }
}
