package io.telltale.aggregate;

import java.time.Duration;
import java.time.LocalDate;
import java.time.Period;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * The length of windows and the origin that they count from. Time is divided into periods of whole calendar days; a
 * window is a period or a part of one.
 *
 * <p>Periods are independent of the range of a query, also those of several days, weeks, months or years. Days and
 * weeks count from Monday, 1969-12-29, months and years from the start of the year 0: P1W starts on Monday, P7D equals
 * P1W, P3M are quarters and P10Y decades.
 */
public sealed interface Interval {

    /** The expected form, for error details. */
    String FORM = "an ISO 8601 duration, of years and months (P1M, P1Y), of weeks and days (P1W, P1D),"
            + " or of hours, minutes and seconds (PT1H, PT15M, PT0.5S);"
            + " a whole number and one of ms, s, m, h, d, w, M, y, where m are minutes and M months (500ms, 30s, 5m, "
            + "1M); or auto";

    /** The longest calendar interval in years: the longest range of a query. */
    int MAX_YEARS = 10_000;

    /** Windows of whole months. */
    record Months(int count) implements Interval {
        public Months {
            requireWithin(count, 12 * MAX_YEARS);
        }

        @Override
        public long periodOf(long day) {
            return Math.floorDiv(LocalDate.ofEpochDay(day).getLong(ChronoField.PROLEPTIC_MONTH), count);
        }

        @Override
        public long firstDay(long period) {
            return LocalDate.of(0, 1, 1).plusMonths(period * count).toEpochDay();
        }
    }

    /** Windows of whole days, each as long as in its zone. */
    record Days(int count) implements Interval {
        private static final long MONDAY = LocalDate.of(1969, 12, 29).toEpochDay();

        public Days {
            requireWithin(count, 366 * MAX_YEARS);
        }

        @Override
        public long periodOf(long day) {
            return Math.floorDiv(day - MONDAY, count);
        }

        @Override
        public long firstDay(long period) {
            return MONDAY + period * count;
        }
    }

    /**
     * Windows of elapsed time, counted from each local midnight; the last one of a day ends at the next midnight.
     *
     * @param millis the length, from 1 ms to 24 h
     */
    record Elapsed(long millis) implements Interval {
        static final long MAX_MILLIS = 86_400_000;

        public Elapsed {
            requireWithin(millis, MAX_MILLIS);
        }

        @Override
        public long periodOf(long day) {
            return day;
        }

        @Override
        public long firstDay(long period) {
            return period;
        }
    }

    /**
     * The number of the period that contains a day.
     *
     * @param day in days since 1970-01-01
     */
    long periodOf(long day);

    /** The first day of a period, in days since 1970-01-01. */
    long firstDay(long period);

    /**
     * Parses the text of parameter {@code interval}, except {@code auto}.
     *
     * @throws IntervalFormatException if it has none of the forms or mixes them, is zero, finer than a millisecond, or
     *     a time of day longer than 24 h; its message says what is expected
     */
    static Interval parse(String text) {
        return parseIso(iso(text));
    }

    /**
     * The ISO 8601 form of a whole number with a unit, such as PT5M of 5m. Other texts are returned as they are. The
     * units are those that Grafana sends.
     */
    static String iso(String text) {
        if (Forms.MILLIS.matcher(text).matches()) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
                    .toString();
        }
        if (!Forms.SHORT.matcher(text).matches()) {
            return text;
        }
        char unit = text.charAt(text.length() - 1);
        String prefix = unit == 's' || unit == 'm' || unit == 'h' ? "PT" : "P";
        return prefix + text.substring(0, text.length() - 1) + Character.toUpperCase(unit);
    }

    private static Interval parseIso(String text) {
        if (Forms.MONTHS.matcher(text).matches()) {
            return months(text);
        }
        if (Forms.DAYS.matcher(text).matches()) {
            return days(text);
        }
        if (Forms.ELAPSED.matcher(text).matches()) {
            return elapsed(text);
        }
        if (Forms.MIXED.matcher(text).matches()) {
            throw new IntervalFormatException("one kind of unit, because days and months differ in length: " + FORM);
        }
        throw new IntervalFormatException(FORM);
    }

    private static Interval months(String text) {
        long months = Period.parse(text).toTotalMonths();
        if (months < 1 || months > 12L * MAX_YEARS) {
            throw new IntervalFormatException("from P1M to P%dY".formatted(MAX_YEARS));
        }
        return new Months((int) months);
    }

    private static Interval days(String text) {
        long days = Period.parse(text).get(ChronoUnit.DAYS);
        if (days < 1 || days > 366 * MAX_YEARS) {
            throw new IntervalFormatException("from P1D to P%dD".formatted(366 * MAX_YEARS));
        }
        return new Days((int) days);
    }

    private static Interval elapsed(String text) {
        Duration elapsed = Duration.parse(text);
        if (elapsed.isZero() || elapsed.compareTo(Duration.ofMillis(Elapsed.MAX_MILLIS)) > 0) {
            throw new IntervalFormatException("from PT0.001S to PT24H; longer windows are of whole days, such as P2D");
        }
        if (elapsed.toNanosPart() % 1_000_000 != 0) {
            throw new IntervalFormatException("whole milliseconds, as in PT0.001S");
        }
        return new Elapsed(elapsed.toMillis());
    }

    private static void requireWithin(long count, long max) {
        if (count < 1 || count > max) {
            throw new IllegalArgumentException("interval of %d is not from 1 to %d".formatted(count, max));
        }
    }

    /** The syntax of each kind of interval. The limited digits exclude overflows. */
    final class Forms {
        private static final Pattern MILLIS = Pattern.compile("[0-9]{1,6}ms");
        private static final Pattern SHORT = Pattern.compile("[0-9]{1,6}[smhdwMy]");
        private static final Pattern MONTHS = Pattern.compile("P(?=[0-9])([0-9]{1,6}Y)?([0-9]{1,6}M)?");
        private static final Pattern DAYS = Pattern.compile("P(?=[0-9])([0-9]{1,6}W)?([0-9]{1,7}D)?");
        private static final Pattern ELAPSED =
                Pattern.compile("PT(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}([.,][0-9]{1,9})?S)?");
        private static final Pattern MIXED =
                Pattern.compile("P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9.,]+S)?)?");

        private Forms() {}
    }
}
