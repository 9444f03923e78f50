package io.telltale.wire;

import io.telltale.sensors.Excerpt;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * Describes the first fault of a text that a JSON parser refused: where it is, what is there and what was expected. The
 * texts of the parser name its classes and settings, which are not the user's. Reads a text a second time, so it is for
 * refused ones only.
 */
public final class JsonFault {

    private static final String VALUE = "a value such as 1.5, \"text\", true or null";
    private static final String NAME = "a field name in double quotes";
    private static final Set<String> LITERALS = Set.of("true", "false", "null");
    private static final int MAX_WORD_CHARACTERS = 20;
    private static final int END = -1;

    private final byte[] text;
    private final int maxNesting;
    private int at;
    private String expected = "";

    private JsonFault(byte[] text, int maxNesting) {
        this.text = text;
        this.maxNesting = maxNesting;
        this.at = Utf8.startsWithByteOrderMark(text) ? 3 : 0;
    }

    /**
     * The fault, after "body is …": {@code not JSON at byte 17: found 'NaN'; expected a value such as …}. Bytes count
     * from 0.
     *
     * @param maxNesting the deepest nesting of arrays and objects
     * @return empty if the text is JSON
     */
    public static Optional<String> find(byte[] text, int maxNesting) {
        if (!Utf8.isValid(text)) {
            int malformed = firstMalformed(text);
            return Optional.of("not UTF-8 at byte %d: found byte 0x%02x; expected JSON in UTF-8"
                    .formatted(malformed, text[malformed]));
        }
        JsonFault fault = new JsonFault(text, maxNesting);
        return fault.acceptDocument()
                ? Optional.empty()
                : Optional.of("not JSON at byte %d: found %s; expected %s"
                        .formatted(fault.at, fault.found(), fault.expected));
    }

    /** Like {@link #find}; of a text that is JSON, that a name, a number or a string is too long for the parser. */
    public static String of(byte[] text, int maxNesting) {
        return find(text, maxNesting).orElse("beyond the limits; expected shorter names, numbers and strings");
    }

    private static int firstMalformed(byte[] text) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer bytes = ByteBuffer.wrap(text);
        CharBuffer characters = CharBuffer.allocate(1_024);
        CoderResult result;
        do {
            characters.clear();
            result = decoder.decode(bytes, characters, true);
        } while (result.isOverflow());
        return Math.min(bytes.position(), text.length - 1);
    }

    private boolean acceptDocument() {
        return acceptValue(1) && (next() == END || fault("nothing after the first value"));
    }

    /** Skips a value; false with the fault. Recursion is bounded by the nesting. */
    private boolean acceptValue(int level) {
        return switch (next()) {
            case '{' -> isWithin(level) && acceptObject(level);
            case '[' -> isWithin(level) && acceptArray(level);
            case '"' -> acceptString();
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> acceptNumber();
            default -> acceptLiteral() || fault(VALUE);
        };
    }

    private boolean isWithin(int level) {
        return level <= maxNesting || fault("at most %d levels of nesting".formatted(maxNesting));
    }

    private boolean acceptObject(int level) {
        at++;
        if (next() == '}') {
            at++;
            return true;
        }
        do {
            if (next() != '"') {
                return fault(NAME);
            }
            if (!acceptString()) {
                return false;
            }
            if (next() != ':') {
                return fault("':'");
            }
            at++;
            if (!acceptValue(level + 1)) {
                return false;
            }
        } while (acceptComma());
        return acceptEnd('}');
    }

    private boolean acceptArray(int level) {
        at++;
        if (next() == ']') {
            at++;
            return true;
        }
        do {
            if (!acceptValue(level + 1)) {
                return false;
            }
        } while (acceptComma());
        return acceptEnd(']');
    }

    private boolean acceptComma() {
        if (next() != ',') {
            return false;
        }
        at++;
        return true;
    }

    private boolean acceptEnd(char bracket) {
        if (next() != bracket) {
            return fault("',' or '%c'".formatted(bracket));
        }
        at++;
        return true;
    }

    private boolean acceptString() {
        at++;
        for (int c = current(); c != '"'; c = current()) {
            if (c == END) {
                return fault("'\"' at the end of the string");
            }
            if (c < ' ') {
                return fault("control characters in strings only as escapes such as \\n");
            }
            if (c != '\\') {
                at++;
            } else if (!acceptEscape()) {
                return false;
            }
        }
        at++;
        return true;
    }

    private boolean acceptEscape() {
        int escaped = at + 1 < text.length ? text[at + 1] : END;
        if (escaped != 'u') {
            at += 2;
            return "\"\\/bfnrt".indexOf(escaped) >= 0
                    || faultAt(at - 2, "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
        }
        int start = at;
        for (at += 2; at < start + 6; at++) {
            if (Character.digit(current(), 16) < 0) {
                return faultAt(start, "four hexadecimal digits after \\u");
            }
        }
        return true;
    }

    private boolean acceptNumber() {
        if (current() == '-') {
            at++;
        }
        int first = at;
        if (!acceptDigits()) {
            return false;
        }
        if (text[first] == '0' && at > first + 1) {
            return faultAt(first, "a number without leading zeros");
        }
        if (current() == '.') {
            at++;
            if (!acceptDigits()) {
                return false;
            }
        }
        if (current() != 'e' && current() != 'E') {
            return true;
        }
        at++;
        if (current() == '+' || current() == '-') {
            at++;
        }
        return acceptDigits();
    }

    private boolean acceptDigits() {
        int first = at;
        while (current() >= '0' && current() <= '9') {
            at++;
        }
        return at > first || fault("a digit");
    }

    private boolean acceptLiteral() {
        String word = word();
        if (!LITERALS.contains(word)) {
            return false;
        }
        at += word.length();
        return true;
    }

    /** The letters, digits and signs from here on, which may be meant as a value. */
    private String word() {
        int end = at;
        while (end < text.length && isOfWord((char) (text[end] & 0xff))) {
            end++;
        }
        return new String(text, at, end - at, StandardCharsets.US_ASCII);
    }

    private static boolean isOfWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "_+-.".indexOf(c) >= 0;
    }

    /** Skips white space and returns the next byte. */
    private int next() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        return current();
    }

    private int current() {
        return at < text.length ? text[at] & 0xff : END;
    }

    private boolean fault(String expected) {
        this.expected = expected;
        return false;
    }

    private boolean faultAt(int at, String expected) {
        this.at = at;
        return fault(expected);
    }

    private String found() {
        if (at == text.length) {
            return "the end";
        }
        String word = word();
        if (!word.isEmpty()) {
            return "'" + Excerpt.of(word, MAX_WORD_CHARACTERS) + "'";
        }
        // A character has up to four bytes; a backslash is shown with the character behind it.
        int[] characters = new String(text, at, Math.min(8, text.length - at), StandardCharsets.UTF_8)
                .codePoints()
                .limit(text[at] == '\\' ? 2 : 1)
                .toArray();
        String shown = "'" + Excerpt.of(new String(characters, 0, characters.length)) + "'";
        boolean isReadable = characters[0] >= ' ' && characters[0] < 0x7f;
        return isReadable ? shown : "%s (U+%04X)".formatted(shown, characters[0]);
    }
}
