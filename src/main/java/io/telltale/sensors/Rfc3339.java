package io.telltale.sensors;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses and formats instants as RFC 3339. Own code for speed, because every record has an instant; {@code
 * CodecBenchmarks} compares it with {@link java.time.format.DateTimeFormatter}.
 *
 * <p>Accepts {@code 2026-01-31T12:34:56Z}, also with {@code t}, {@code z} or a space for the {@code T}, with any number
 * of fraction digits, and with offsets up to {@code ±23:59}. Digits finer than a millisecond are truncated towards the
 * past, also before 1970. A leap second at the end of a UTC month is read as 23:59:59.999 of that day: this keeps the
 * order of instants and moves none into the next day.
 *
 * <p>{@link #parse(String)} also accepts forms of ISO 8601 that common formatters write: no seconds, a comma before the
 * fraction, and offsets such as {@code +0200} and {@code +02}. An offset is always required.
 */
public final class Rfc3339 {

    /**
     * The result of {@link #parse(byte[], int, int)} for text that is no instant. Far outside the years 0000 to 9999.
     */
    public static final long INVALID = Long.MIN_VALUE;

    /** The expected form, for error details. */
    public static final String FORM = "an RFC 3339 time with an offset, such as 2026-01-31T12:34:56.789Z";

    /** The length of the result of {@link #write}: {@code 2026-01-31T12:34:56.789Z}. */
    public static final int WRITTEN_LENGTH = 24;

    /** Date and time to the minute, second, fraction, {@code Z}, or an offset's hours and minutes. */
    private static final Pattern ISO_8601 =
            Pattern.compile("([0-9-]{10}[Tt ][0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:[.,]([0-9]+))?)?"
                    + "(?:([Zz])|([+-][0-9]{2})(?::?([0-9]{2}))?)");

    private static final int SHORTEST = "2026-01-31T12:34:56Z".length();
    private static final int OFFSET_LENGTH = "+02:00".length();

    private static final long SECOND_MILLIS = 1_000;
    private static final long MINUTE_MILLIS = 60 * SECOND_MILLIS;
    private static final long HOUR_MILLIS = 60 * MINUTE_MILLIS;
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

    private static final int DAYS_FROM_YEAR_0_TO_1970 = 719_528;
    private static final int[] DAYS_BEFORE_MONTH = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

    private Rfc3339() {}

    /**
     * The instant in milliseconds since the epoch, or nothing if {@code text} is no instant of the years 0000 to 9999.
     */
    public static OptionalLong parse(String text) {
        long millis = parseStrictly(text);
        if (millis == INVALID) {
            Matcher iso = ISO_8601.matcher(text);
            millis = iso.matches() ? parseStrictly(strict(iso)) : INVALID;
        }
        return millis == INVALID ? OptionalLong.empty() : OptionalLong.of(millis);
    }

    private static long parseStrictly(String text) {
        // Other characters than ASCII become question marks, which no instant has.
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        return parse(ascii, 0, ascii.length);
    }

    private static String strict(Matcher iso) {
        String second = iso.group(2) == null ? ":00" : iso.group(2);
        String fraction = iso.group(3) == null ? "" : "." + iso.group(3);
        String minutes = iso.group(6) == null ? "00" : iso.group(6);
        String offset = iso.group(4) == null ? iso.group(5) + ":" + minutes : iso.group(4);
        return iso.group(1) + second + fraction + offset;
    }

    /**
     * The instant in milliseconds since the epoch, or {@link #INVALID} if the ASCII bytes are no instant of the years
     * 0000 to 9999 in UTC. The fast path: accepts RFC 3339 only.
     *
     * @param from the index of the first byte
     * @param length the number of bytes
     */
    public static long parse(byte[] text, int from, int length) {
        if (length < SHORTEST || !hasSeparators(text, from)) {
            return INVALID;
        }
        int year = number(text, from, 4);
        int month = number(text, from + 5, 2);
        int day = number(text, from + 8, 2);
        int hour = number(text, from + 11, 2);
        int minute = number(text, from + 14, 2);
        int second = number(text, from + 17, 2);
        boolean isValid = year >= 0
                && month >= 1
                && month <= 12
                && day >= 1
                && day <= daysInMonth(year, month)
                && hour >= 0
                && hour <= 23
                && minute >= 0
                && minute <= 59
                && second >= 0
                && second <= 60;
        if (!isValid) {
            return INVALID;
        }

        int end = from + length;
        int at = from + 19;
        int milliOfSecond = 0;
        if (text[at] == '.') {
            int firstDigit = ++at;
            int weight = 100;
            while (at < end && isDigit(text[at])) {
                milliOfSecond += (text[at] - '0') * weight;
                weight /= 10;
                at++;
            }
            if (at == firstDigit) {
                return INVALID;
            }
        }
        long offsetMillis = offsetMillis(text, at, end);
        if (offsetMillis == INVALID) {
            return INVALID;
        }
        long minuteMillis =
                epochDay(year, month, day) * DAY_MILLIS + hour * HOUR_MILLIS + minute * MINUTE_MILLIS - offsetMillis;
        long millis =
                second == 60 ? endOfLeapSecond(minuteMillis) : minuteMillis + second * SECOND_MILLIS + milliOfSecond;
        return millis >= Reading.MIN_TIMESTAMP_MILLIS && millis <= Reading.MAX_TIMESTAMP_MILLIS ? millis : INVALID;
    }

    /**
     * The instant in UTC with exactly three fraction digits: {@code 2026-01-31T12:34:56.789Z}.
     *
     * @param millis milliseconds since the epoch, within the years 0000 to 9999
     * @throws IllegalArgumentException if it is outside those years
     */
    public static String format(long millis) {
        byte[] written = new byte[WRITTEN_LENGTH];
        write(millis, written, 0);
        return new String(written, StandardCharsets.ISO_8859_1);
    }

    /**
     * Like {@link #format}, into 24 bytes of {@code target} from {@code at}.
     *
     * @throws IllegalArgumentException if {@code millis} is outside the years 0000 to 9999
     */
    public static void write(long millis, byte[] target, int at) {
        if (millis < Reading.MIN_TIMESTAMP_MILLIS || millis > Reading.MAX_TIMESTAMP_MILLIS) {
            throw new IllegalArgumentException("instant %d ms is not within the years 0000 to 9999".formatted(millis));
        }
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(millis, DAY_MILLIS));
        int milliOfDay = (int) Math.floorMod(millis, DAY_MILLIS);
        int secondOfDay = milliOfDay / 1_000;
        writeTwo(date.getYear() / 100, target, at);
        writeTwo(date.getYear() % 100, target, at + 2);
        target[at + 4] = '-';
        writeTwo(date.getMonthValue(), target, at + 5);
        target[at + 7] = '-';
        writeTwo(date.getDayOfMonth(), target, at + 8);
        target[at + 10] = 'T';
        writeTwo(secondOfDay / 3_600, target, at + 11);
        target[at + 13] = ':';
        writeTwo(secondOfDay / 60 % 60, target, at + 14);
        target[at + 16] = ':';
        writeTwo(secondOfDay % 60, target, at + 17);
        target[at + 19] = '.';
        int milliOfSecond = milliOfDay % 1_000;
        target[at + 20] = (byte) ('0' + milliOfSecond / 100);
        writeTwo(milliOfSecond % 100, target, at + 21);
        target[at + 23] = 'Z';
    }

    private static boolean hasSeparators(byte[] text, int from) {
        byte separator = text[from + 10];
        return text[from + 4] == '-'
                && text[from + 7] == '-'
                && (separator == 'T' || separator == 't' || separator == ' ')
                && text[from + 13] == ':'
                && text[from + 16] == ':';
    }

    /** The offset between {@code at} and {@code end}, or {@link #INVALID}. */
    private static long offsetMillis(byte[] text, int at, int end) {
        if (end - at == 1) {
            return text[at] == 'Z' || text[at] == 'z' ? 0 : INVALID;
        }
        if (end - at != OFFSET_LENGTH || text[at + 3] != ':' || (text[at] != '+' && text[at] != '-')) {
            return INVALID;
        }
        int hours = number(text, at + 1, 2);
        int minutes = number(text, at + 4, 2);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
            return INVALID;
        }
        long magnitude = hours * HOUR_MILLIS + minutes * MINUTE_MILLIS;
        return text[at] == '-' ? -magnitude : magnitude;
    }

    /** Leap seconds are inserted at the end of a UTC month only. */
    private static long endOfLeapSecond(long minuteMillis) {
        long nextMinute = minuteMillis + MINUTE_MILLIS;
        boolean endsAMonth = Math.floorMod(nextMinute, DAY_MILLIS) == 0
                && LocalDate.ofEpochDay(Math.floorDiv(nextMinute, DAY_MILLIS)).getDayOfMonth() == 1;
        return endsAMonth ? nextMinute - 1 : INVALID;
    }

    /** The number of {@code count} digits, or -1 if one of them is no digit. */
    private static int number(byte[] text, int from, int count) {
        int number = 0;
        for (int i = from; i < from + count; i++) {
            if (!isDigit(text[i])) {
                return -1;
            }
            number = number * 10 + (text[i] - '0');
        }
        return number;
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLeap(int year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    private static int daysInMonth(int year, int month) {
        return month == 2 && isLeap(year) ? 29 : DAYS_BEFORE_MONTH[month] - DAYS_BEFORE_MONTH[month - 1];
    }

    private static int epochDay(int year, int month, int day) {
        // Leap days of the years before this one. Rounded up, because year 0 is a leap year.
        int leapDays = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
        int leapDayOfThisYear = month > 2 && isLeap(year) ? 1 : 0;
        return 365 * year
                + leapDays
                + DAYS_BEFORE_MONTH[month - 1]
                + leapDayOfThisYear
                + day
                - 1
                - DAYS_FROM_YEAR_0_TO_1970;
    }

    private static void writeTwo(int number, byte[] target, int at) {
        target[at] = (byte) ('0' + number / 10);
        target[at + 1] = (byte) ('0' + number % 10);
    }
}
