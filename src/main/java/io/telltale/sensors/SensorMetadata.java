package io.telltale.sensors;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a sensor that a person set. It takes precedence over what readings report; what is not set is absent.
 *
 * @param description unit and site
 * @param name a display name: 1 to 128 code points without control characters
 * @param labels at most 32, in the order of their keys
 * @param expectedInterval the expected interval of readings: 1 ms to 366 days
 */
public record SensorMetadata(
        Description description,
        @Nullable String name,
        Map<String, String> labels,
        @Nullable Duration expectedInterval) {

    /** No metadata. */
    public static final SensorMetadata NONE = new SensorMetadata(Description.NONE, null, Map.of(), null);

    public static final int MAX_NAME_CODE_POINTS = 128;
    public static final int MAX_LABELS = 32;
    public static final int MAX_LABEL_KEY_LENGTH = 64;
    public static final int MAX_LABEL_CODE_POINTS = 256;
    public static final Duration MIN_EXPECTED_INTERVAL = Duration.ofMillis(1);
    public static final Duration MAX_EXPECTED_INTERVAL = Duration.ofDays(366);

    /** The expected form of a name, for error details. */
    public static final String NAME_FORM = "1 to 128 characters, none of them a control character";

    /** The expected form of the labels together, for error details. */
    public static final String LABELS_FORM = "a flat object of at most 32 strings";

    /** The expected form of a label's key, for error details. */
    public static final String LABEL_KEY_FORM = "a letter or digit, then up to 63 letters, digits or . _ : -";

    /** The expected form of a label, for error details. */
    public static final String LABEL_FORM = "up to 256 characters, none of them a control character";

    /** The expected form of an expected interval, for error details. */
    public static final String INTERVAL_FORM =
            "an ISO 8601 duration of days, hours, minutes and seconds such as PT15M, from PT0.001S to P366D";

    public SensorMetadata {
        if (name != null && !isName(name)) {
            throw new IllegalArgumentException("name '%s' is not %s".formatted(Excerpt.of(name), NAME_FORM));
        }
        if (labels.size() > MAX_LABELS) {
            throw new IllegalArgumentException("%d labels are not %s".formatted(labels.size(), LABELS_FORM));
        }
        labels.forEach((key, text) -> {
            if (!isLabelKey(key) || !isLabel(text)) {
                throw new IllegalArgumentException("label '%s' is '%s'; expected a key of %s and %s"
                        .formatted(Excerpt.of(key), Excerpt.of(text), LABEL_KEY_FORM, LABEL_FORM));
            }
        });
        if (expectedInterval != null && !isInterval(expectedInterval)) {
            throw new IllegalArgumentException(
                    "expected interval %s is not %s".formatted(expectedInterval, INTERVAL_FORM));
        }
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    public static boolean isName(String text) {
        return !text.isEmpty() && isLine(text, MAX_NAME_CODE_POINTS);
    }

    public static boolean isLabelKey(String text) {
        return IdSyntax.isName(text, MAX_LABEL_KEY_LENGTH);
    }

    public static boolean isLabel(String text) {
        return isLine(text, MAX_LABEL_CODE_POINTS);
    }

    public static boolean isInterval(Duration interval) {
        return interval.compareTo(MIN_EXPECTED_INTERVAL) >= 0 && interval.compareTo(MAX_EXPECTED_INTERVAL) <= 0;
    }

    private static boolean isLine(String text, int maxCodePoints) {
        return text.length() <= 2 * maxCodePoints
                && text.codePointCount(0, text.length()) <= maxCodePoints
                && Value.Text.isWhole(text)
                && text.codePoints().noneMatch(Character::isISOControl);
    }
}
