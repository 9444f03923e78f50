package io.telltale.wire;

import com.fasterxml.jackson.core.io.NumberOutput;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Value;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing, reusable buffer for JSON and CSV. Own code for speed; {@code CodecBenchmarks} compares it with the
 * generator of Jackson. Writes UTF-8 on a single line: line breaks in JSON strings are escaped. Not thread-safe.
 */
public final class EncodedBytes {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    /** Below 10^15 different decimals of up to 15 digits have different doubles. */
    private static final long END_OF_FIFTEEN_DIGITS = 1_000_000_000_000_000L;

    /** The end of the integers that are written in full, exclusive. */
    private static final double END_OF_LONG = 0x1p63;

    private static final int MAX_LONG_LENGTH = Long.toString(Long.MIN_VALUE).length();
    /** The digits of 2,147,483,647. */
    private static final int MAX_INT_LENGTH = 10;

    private static final int FRACTION_DIGITS = 6;
    private static final int FRACTION_SCALE = 1_000_000;

    private byte[] bytes;
    private int size;

    /** @param initialCapacity in bytes, at least 1; the buffer doubles whenever it is full */
    public EncodedBytes(int initialCapacity) {
        if (initialCapacity < 1) {
            throw new IllegalArgumentException("initial capacity %d is not at least 1".formatted(initialCapacity));
        }
        bytes = new byte[initialCapacity];
    }

    /** The number of bytes since creation or the last {@link #clear}. */
    public int size() {
        return size;
    }

    /** Removes all bytes and keeps the memory. */
    public void clear() {
        size = 0;
    }

    /** Returns a copy of the bytes. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /** Writes the bytes to {@code target} and keeps them. */
    public void writeTo(OutputStream target) throws IOException {
        target.write(bytes, 0, size);
    }

    /** Writes one ASCII character. */
    public EncodedBytes ascii(char character) {
        ensureCapacity(1);
        bytes[size++] = (byte) character;
        return this;
    }

    /** Writes ASCII text without quotes. The caller guarantees ASCII. */
    public EncodedBytes ascii(String text) {
        int length = text.length();
        ensureCapacity(length);
        for (int i = 0; i < length; i++) {
            bytes[size++] = (byte) text.charAt(i);
        }
        return this;
    }

    /** Writes text as UTF-8 without quotes. An unpaired surrogate becomes {@code ?}. */
    public EncodedBytes utf8(String text) {
        ensureCapacity(3 * text.length());
        for (int i = 0; i < text.length(); i++) {
            i += putUtf8(text, i);
        }
        return this;
    }

    /** Writes a JSON string with quotes. An unpaired surrogate becomes {@code ?}. */
    public EncodedBytes jsonString(String text) {
        int length = text.length();
        ensureCapacity(6 * length + 2);
        bytes[size++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                bytes[size++] = '\\';
                bytes[size++] = (byte) c;
            } else if (c < ' ') {
                putEscape(c);
            } else {
                i += putUtf8(text, i);
            }
        }
        bytes[size++] = '"';
        return this;
    }

    /** Writes an instant as RFC 3339 in UTC with milliseconds, without quotes. */
    public EncodedBytes instant(long millis) {
        ensureCapacity(Rfc3339.WRITTEN_LENGTH);
        Rfc3339.write(millis, bytes, size);
        size += Rfc3339.WRITTEN_LENGTH;
        return this;
    }

    /** Writes an integer in decimal digits. */
    public EncodedBytes integer(long number) {
        ensureCapacity(MAX_LONG_LENGTH);
        putInteger(number);
        return this;
    }

    /**
     * Writes a decimal that parses to the same double. Integers of magnitude below 2^63, and -2^63, have all their
     * digits and no exponent; other numbers are as short as possible: 21, 21.5, 1.0E300. -0.0 keeps its sign.
     *
     * @throws IllegalArgumentException if the number is not finite, which JSON cannot express
     */
    public EncodedBytes number(double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("%s is not a finite number".formatted(number));
        }
        if (number < END_OF_LONG && number == (long) number && !isNegativeZero(number)) {
            return integer((long) number);
        }
        // The fast path for a few decimals, without a string. At most one decimal of up to 15 digits parses to this
        // double, so it is the shortest.
        long scaled = Math.round(number * FRACTION_SCALE);
        if (Math.abs(scaled) < END_OF_FIFTEEN_DIGITS && scaled != 0 && (double) scaled / FRACTION_SCALE == number) {
            ensureCapacity(MAX_LONG_LENGTH + 2);
            putDecimal(scaled);
            return this;
        }
        // Not Double.toString: before Java 19 its result is not always the shortest.
        return ascii(NumberOutput.toString(number, true));
    }

    /**
     * Writes a value as JSON; of a value that cannot be read null, and the reason as the next member, {@code sealed}.
     */
    public EncodedBytes jsonValue(Value value) {
        if (value instanceof Value.Numeric numeric) {
            return number(numeric.number());
        }
        if (value instanceof Value.Flag flag) {
            return ascii(flag.flag() ? "true" : "false");
        }
        if (value instanceof Value.Unavailable unavailable) {
            return ascii("null,\"sealed\":\"").ascii(unavailable.reason()).ascii('"');
        }
        return jsonString(((Value.Text) value).text());
    }

    @Override
    public String toString() {
        return new String(bytes, 0, size, StandardCharsets.UTF_8);
    }

    /** Writes the character at {@code at}; returns 1 if it used the next one too, else 0. */
    private int putUtf8(String text, int at) {
        char c = text.charAt(at);
        if (c < 0x80) {
            bytes[size++] = (byte) c;
        } else if (c < 0x800) {
            bytes[size++] = (byte) (0xc0 | (c >> 6));
            putContinuation(c);
        } else if (!Character.isSurrogate(c)) {
            bytes[size++] = (byte) (0xe0 | (c >> 12));
            putContinuation(c >> 6);
            putContinuation(c);
        } else {
            int codePoint = text.codePointAt(at);
            if (!Character.isSupplementaryCodePoint(codePoint)) {
                bytes[size++] = '?';
                return 0;
            }
            bytes[size++] = (byte) (0xf0 | (codePoint >> 18));
            putContinuation(codePoint >> 12);
            putContinuation(codePoint >> 6);
            putContinuation(codePoint);
            return 1;
        }
        return 0;
    }

    private void putContinuation(int bits) {
        bytes[size++] = (byte) (0x80 | (bits & 0x3f));
    }

    private void putEscape(char control) {
        bytes[size++] = '\\';
        switch (control) {
            case '\n' -> bytes[size++] = 'n';
            case '\r' -> bytes[size++] = 'r';
            case '\t' -> bytes[size++] = 't';
            default -> {
                bytes[size++] = 'u';
                bytes[size++] = '0';
                bytes[size++] = '0';
                bytes[size++] = HEX[control >> 4];
                bytes[size++] = HEX[control & 0xf];
            }
        }
    }

    private void putInteger(long number) {
        if (number < 0) {
            bytes[size++] = '-';
        }
        if (Math.abs(number) <= Integer.MAX_VALUE && number != Long.MIN_VALUE) {
            putSmall((int) Math.abs(number));
            return;
        }
        int length = 1;
        for (long rest = number / 10; rest != 0; rest /= 10) {
            length++;
        }
        long rest = number;
        for (int at = size + length - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        }
        size += length;
    }

    /** For small numbers, the most frequent ones: 32-bit arithmetic is much faster here. */
    private void putSmall(int number) {
        int length = 1;
        for (int end = 10; length < MAX_INT_LENGTH && number >= end; end *= 10) {
            length++;
        }
        int at = size + length;
        size = at;
        int rest = number;
        while (rest >= 10) {
            int tens = rest / 10;
            bytes[--at] = (byte) ('0' + rest - 10 * tens);
            rest = tens;
        }
        bytes[--at] = (byte) ('0' + rest);
    }

    /** Writes {@code scaled} / 10^6 without trailing zeros. The caller guarantees that it is no integer. */
    private void putDecimal(long scaled) {
        if (scaled < 0) {
            bytes[size++] = '-';
        }
        long magnitude = Math.abs(scaled);
        putInteger(magnitude / FRACTION_SCALE);
        bytes[size++] = '.';
        int fraction = (int) (magnitude % FRACTION_SCALE);
        for (int at = size + FRACTION_DIGITS - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + fraction % 10);
            fraction /= 10;
        }
        size += FRACTION_DIGITS;
        while (bytes[size - 1] == '0') {
            size--;
        }
    }

    private static boolean isNegativeZero(double number) {
        return number == 0 && Math.copySign(1, number) < 0;
    }

    private void ensureCapacity(int count) {
        if (bytes.length - size < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, count)));
        }
    }
}
