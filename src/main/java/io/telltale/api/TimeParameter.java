package io.telltale.api;

import io.telltale.sensors.EpochMillis;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses a time in a request: RFC 3339, epoch milliseconds, {@code now}, or a duration before now. */
final class TimeParameter {

    /** The expected form, for error details. */
    static final String FORM = "an RFC 3339 time with an offset such as 2026-01-31T12:34:56Z, integer epoch"
            + " milliseconds, now, or a duration before now such as now-15m (s, m, h, d, w)";

    private static final int DATE_LENGTH = "2026-01-31".length();

    // Nine digits of weeks exceed the years 0000 to 9999 and do not overflow milliseconds.
    private static final Pattern BEFORE_NOW = Pattern.compile("now-([0-9]{1,9})([smhdw])");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+ -]?[0-9]+)?");

    private TimeParameter() {}

    /**
     * The instant in milliseconds since the epoch.
     *
     * @param name the parameter, for error details
     * @param nowMillis the value of {@code now}, in milliseconds since the epoch
     * @throws ProblemException {@code bad-parameter} if it has none of the forms, or is outside the years 0000 to 9999
     */
    static long parse(String name, String text, long nowMillis) {
        if (text.equals("now")) {
            return nowMillis;
        }
        Matcher beforeNow = BEFORE_NOW.matcher(text);
        if (beforeNow.matches()) {
            return before(nowMillis, beforeNow, name, text);
        }
        if (NUMBER.matcher(text).matches()) {
            return epochMillis(name, text);
        }
        OptionalLong instant = Rfc3339.parse(withPlus(text));
        if (instant.isEmpty()) {
            throw Problem.badParameter(name, text, FORM).exception();
        }
        return instant.getAsLong();
    }

    private static long before(long nowMillis, Matcher beforeNow, String name, String text) {
        long millis = nowMillis - Long.parseLong(beforeNow.group(1)) * unitMillis(beforeNow.group(2));
        if (millis < Reading.MIN_TIMESTAMP_MILLIS) {
            throw Problem.badParameter(name, text, "a time within the years 0000 to 9999")
                    .exception();
        }
        return millis;
    }

    private static long unitMillis(String unit) {
        return switch (unit) {
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            case "w" -> 604_800_000;
            default -> throw new IllegalArgumentException("unit '%s' is none of s, m, h, d, w".formatted(unit));
        };
    }

    private static long epochMillis(String name, String text) {
        String number = text.replace(' ', '+');
        OptionalLong millis = EpochMillis.integer(number);
        if (millis.isPresent() && (millis.getAsLong() == 0 || EpochMillis.isPlausible(millis.getAsLong()))) {
            return millis.getAsLong();
        }
        throw Problem.of(
                        ProblemCode.BAD_PARAMETER,
                        "parameter %s is '%s', which %s; expected %s"
                                .formatted(name, Excerpt.of(text), EpochMillis.doubt(number), FORM))
                .exception();
    }

    /** Restores an unencoded {@code +}, which arrives as a space. After the date a space has no other meaning. */
    private static String withPlus(String text) {
        int sign = text.lastIndexOf(' ');
        return sign > DATE_LENGTH ? text.substring(0, sign) + '+' + text.substring(sign + 1) : text;
    }
}
