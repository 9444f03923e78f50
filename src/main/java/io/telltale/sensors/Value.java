package io.telltale.sensors;

/**
 * The value of a reading: a finite number, a boolean, or a short text; or, of a stored reading, a value that cannot be
 * read.
 */
public sealed interface Value {

    /** The longest text, in code points. */
    int MAX_TEXT_CODE_POINTS = 1_024;

    /** The number of characters of a text; 0 for a number or boolean. */
    default int characters() {
        return 0;
    }

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

    /** A sealed value that cannot be opened. Only stored readings have it. */
    enum Unavailable implements Value {
        /** The key is lost, or the keyset does not have it. */
        KEY_UNAVAILABLE("key-unavailable"),

        /** The value was changed, or moved from another reading. */
        DAMAGED("damaged");

        private final String reason;

        Unavailable(String reason) {
            this.reason = reason;
        }

        public String reason() {
            return reason;
        }
    }

    /**
     * A text of at most 1,024 code points, for example {@code open} of a door. May be empty. Has no unpaired surrogate,
     * because UTF-8 cannot store one.
     */
    record Text(String text) implements Value {
        public Text {
            if (!fits(text)) {
                throw new IllegalArgumentException("text of %d code points is longer than %d"
                        .formatted(text.codePointCount(0, text.length()), MAX_TEXT_CODE_POINTS));
            }
            if (!isWhole(text)) {
                throw new IllegalArgumentException(
                        "text '%s' holds half of a surrogate pair".formatted(Excerpt.of(text)));
            }
        }

        @Override
        public int characters() {
            return text.length();
        }

        /** Whether the text is short enough. */
        public static boolean fits(String text) {
            return text.length() <= MAX_TEXT_CODE_POINTS
                    || (text.length() <= 2 * MAX_TEXT_CODE_POINTS
                            && text.codePointCount(0, text.length()) <= MAX_TEXT_CODE_POINTS);
        }

        /** Whether the text has no unpaired surrogate. */
        public static boolean isWhole(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (Character.isSurrogate(c)) {
                    boolean isPaired = Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
                    if (!isPaired) {
                        return false;
                    }
                    i++;
                }
            }
            return true;
        }
    }
}
