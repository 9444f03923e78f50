package io.telltale.sensors;

/**
 * The id of a sensor: one letter or digit, then up to 127 of letters, digits and {@code . _ : -}. ASCII only.
 *
 * @param value the id as written
 */
public record SensorId(String value) implements Comparable<SensorId> {

    /** The longest id, in characters. */
    public static final int MAX_LENGTH = 128;

    /** The expected form of an id, for error details. */
    public static final String FORM = "a letter or digit, then up to 127 letters, digits or . _ : -";

    public SensorId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("sensor id '%s' is not %s".formatted(Excerpt.of(value), FORM));
        }
    }

    /** Whether {@code text} is an id. No regular expression, because it is called for every record. */
    public static boolean isValid(String text) {
        return IdSyntax.isName(text, MAX_LENGTH);
    }

    @Override
    public int compareTo(SensorId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
