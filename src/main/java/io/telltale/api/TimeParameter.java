package io.telltale.api;

import io.telltale.sensors.EpochMillis;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A time as requests name it: RFC 3339, epoch milliseconds, {@code now}, or a while before now. */
public final class TimeParameter {

    /** What is expected, in words for a message. */
    public static final String FORM = "an RFC 3339 time with an offset such as 2026-01-31T12:34:56Z, integer epoch"
            + " milliseconds, now, or a while before now such as now-15m (s, m, h, d or w)";

    // Nine digits of weeks are more than the years 0000 to 9999 hold, and far from overflowing milliseconds.
    private static final Pattern BEFORE_NOW = Pattern.compile("now-([0-9]{1,9})([smhdw])");
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]+");

    private TimeParameter() {}

    /**
     * The instant in milliseconds since the epoch.
     *
     * @param name of the parameter, for messages
     * @param text as given
     * @param nowMillis what {@code now} means, in milliseconds since the epoch
     * @throws ProblemException {@code bad-parameter} if it is none of the forms, or outside the years 0000 to 9999
     */
    public static long parse(String name, String text, long nowMillis) {
        if (text.equals("now")) {
            return nowMillis;
        }
        Matcher beforeNow = BEFORE_NOW.matcher(text);
        if (beforeNow.matches()) {
            return before(nowMillis, beforeNow, name, text);
        }
        if (INTEGER.matcher(text).matches()) {
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
        long millis;
        try {
            millis = Long.parseLong(text);
        } catch (NumberFormatException tooLong) {
            millis = text.startsWith("-") ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        if (millis == 0 || EpochMillis.isPlausible(millis)) {
            return millis;
        }
        throw Problem.of(
                        ProblemCode.BAD_PARAMETER,
                        "parameter %s is '%s', which %s; expected %s"
                                .formatted(name, Excerpt.of(text), EpochMillis.doubt(millis), FORM))
                .exception();
    }

    /**
     * A {@code +} that was not percent-encoded arrives as a space. In the place of an offset's sign it can have been
     * nothing else.
     */
    private static String withPlus(String text) {
        int sign = text.length() - "+02:00".length();
        boolean lostPlus = sign >= "2026-01-31T12:34:56".length() && text.charAt(sign) == ' ';
        return lostPlus ? text.substring(0, sign) + '+' + text.substring(sign + 1) : text;
    }
}
