package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.time.LocalDate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes the JSON bodies of one sensor. What stays the same from reading to reading is made once; the rest is written
 * digit by digit, since this also drives load tests whose sender must cost little beside what it measures.
 */
public final class BodyWriter {

    private static final long DAY_MILLIS = 86_400_000;

    /** {@code "9999-12-31T23:59:59.999Z"} with its quotes; epoch milliseconds are shorter. */
    private static final int MAX_TIMESTAMP_LENGTH = 26;

    /** Below this, a number of two decimals is written from its cents, exactly. */
    private static final double MAX_FROM_CENTS = 1e12;

    private static final int MAX_CENTS_LENGTH = 17;

    private static final byte[] VALUE = ",\"value\":".getBytes(UTF_8);
    private static final byte[] TRUE = "true".getBytes(UTF_8);
    private static final byte[] FALSE = "false".getBytes(UTF_8);

    private final byte[] head;
    private final byte[] tail;

    /**
     * @param type named in the body, or left to the topic where null
     */
    public BodyWriter(SensorId sensor, @Nullable SensorType type, Description description) {
        // None of these can hold a character that JSON escapes, a unit excepted.
        head = ("{\"sensorId\":\"" + sensor + "\"" + (type == null ? "" : ",\"type\":\"" + type + "\"")
                        + ",\"timestamp\":")
                .getBytes(UTF_8);
        String unit = description.unit();
        String site = description.site();
        tail = ((unit == null ? "" : ",\"unit\":" + quoted(unit)) + (site == null ? "" : ",\"site\":\"" + site + "\"")
                        + "}")
                .getBytes(UTF_8);
    }

    /** A body whose timestamp is RFC 3339 in UTC with milliseconds. */
    public byte[] write(long timestampMillis, Value value) {
        return write(timestampMillis, value, false);
    }

    /** A body whose timestamp is a number of milliseconds since the epoch. */
    byte[] writeEpochMillis(long timestampMillis, Value value) {
        return write(timestampMillis, value, true);
    }

    private byte[] write(long timestampMillis, Value value, boolean epochMillis) {
        byte @Nullable [] written = writtenWhole(value);
        int valueLength = written == null ? MAX_CENTS_LENGTH : written.length;
        byte[] buffer = new byte[head.length + MAX_TIMESTAMP_LENGTH + VALUE.length + valueLength + tail.length];
        int at = put(head, buffer, 0);
        at = epochMillis ? putNumber(timestampMillis, buffer, at) : putTimestamp(timestampMillis, buffer, at);
        at = put(VALUE, buffer, at);
        at = written == null ? putCents(cents(((Value.Numeric) value).number()), buffer, at) : put(written, buffer, at);
        at = put(tail, buffer, at);
        return Arrays.copyOf(buffer, at);
    }

    /** The value in JSON, or null where it is a number that its cents say exactly. */
    private static byte @Nullable [] writtenWhole(Value value) {
        if (value instanceof Value.Numeric numeric) {
            double number = numeric.number();
            boolean cents = Math.abs(number) < MAX_FROM_CENTS
                    && Double.doubleToRawLongBits(cents(number) / 100.0) == Double.doubleToRawLongBits(number);
            return cents ? null : Double.toString(number).getBytes(UTF_8);
        }
        if (value instanceof Value.Flag flag) {
            return flag.flag() ? TRUE : FALSE;
        }
        return quoted(((Value.Text) value).text()).getBytes(UTF_8);
    }

    private static long cents(double number) {
        return Math.round(number * 100);
    }

    static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static int put(byte[] bytes, byte[] buffer, int at) {
        System.arraycopy(bytes, 0, buffer, at, bytes.length);
        return at + bytes.length;
    }

    private static int putTimestamp(long millis, byte[] buffer, int start) {
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(millis, DAY_MILLIS));
        int ofDay = (int) Math.floorMod(millis, DAY_MILLIS);
        int at = start;
        buffer[at++] = '"';
        at = putPadded(date.getYear(), 4, buffer, at);
        buffer[at++] = '-';
        at = putPadded(date.getMonthValue(), 2, buffer, at);
        buffer[at++] = '-';
        at = putPadded(date.getDayOfMonth(), 2, buffer, at);
        buffer[at++] = 'T';
        at = putPadded(ofDay / 3_600_000, 2, buffer, at);
        buffer[at++] = ':';
        at = putPadded(ofDay / 60_000 % 60, 2, buffer, at);
        buffer[at++] = ':';
        at = putPadded(ofDay / 1_000 % 60, 2, buffer, at);
        buffer[at++] = '.';
        at = putPadded(ofDay % 1_000, 3, buffer, at);
        buffer[at++] = 'Z';
        buffer[at++] = '"';
        return at;
    }

    private static int putCents(long cents, byte[] buffer, int start) {
        int at = start;
        if (cents < 0) {
            buffer[at++] = '-';
        }
        long size = Math.abs(cents);
        at = putNumber(size / 100, buffer, at);
        buffer[at++] = '.';
        return putPadded((int) (size % 100), 2, buffer, at);
    }

    private static int putNumber(long number, byte[] buffer, int start) {
        int at = start;
        if (number < 0) {
            buffer[at++] = '-';
        }
        long size = Math.abs(number);
        int digits = 1;
        for (long rest = size / 10; rest > 0; rest /= 10) {
            digits++;
        }
        for (int i = at + digits - 1; i >= at; i--) {
            buffer[i] = (byte) ('0' + size % 10);
            size /= 10;
        }
        return at + digits;
    }

    private static int putPadded(int number, int digits, byte[] buffer, int at) {
        int rest = number;
        for (int i = at + digits - 1; i >= at; i--) {
            buffer[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + digits;
    }
}
