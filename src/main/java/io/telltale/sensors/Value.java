package io.telltale.sensors;

/** What a sensor read: a finite number, a flag, or a short text. */
public sealed interface Value {

    /** The longest text, in code points. */
    int MAX_TEXT_CODE_POINTS = 1_024;

    /** A finite IEEE double. */
    record Numeric(double number) implements Value {
        public Numeric {
            if (!Double.isFinite(number)) {
                throw new IllegalArgumentException("value %s is not a finite number".formatted(number));
            }
        }
    }

    /** A boolean, as of a motion sensor. */
    record Flag(boolean flag) implements Value {
        public static final Flag TRUE = new Flag(true);
        public static final Flag FALSE = new Flag(false);

        public static Flag of(boolean flag) {
            return flag ? TRUE : FALSE;
        }
    }

    /** A text of at most 1,024 code points, as of a door: {@code open}. May be empty. */
    record Text(String text) implements Value {
        public Text {
            if (!fits(text)) {
                throw new IllegalArgumentException("text of %d code points is longer than %d"
                        .formatted(text.codePointCount(0, text.length()), MAX_TEXT_CODE_POINTS));
            }
        }

        public static boolean fits(String text) {
            return text.length() <= MAX_TEXT_CODE_POINTS
                    || (text.length() <= 2 * MAX_TEXT_CODE_POINTS
                            && text.codePointCount(0, text.length()) <= MAX_TEXT_CODE_POINTS);
        }
    }
}
