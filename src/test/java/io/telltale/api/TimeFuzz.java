package io.telltale.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.fuzz.Refusal;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Fuzz target: times in requests and records. An accepted time is an instant of the years 0000 to 9999. */
public final class TimeFuzz {

    private static final long NOW_MILLIS = 1_769_862_900_000L;

    private TimeFuzz() {}

    /** Parses a time. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, UTF_8);
        Long millis = Refusal.resultOf(() -> TimeParameter.parse("from", text, NOW_MILLIS));
        if (millis != null) {
            checkRange(millis, text);
        }
        OptionalLong instant = Rfc3339.parse(text);
        if (instant.isEmpty()) {
            return;
        }
        checkRange(instant.getAsLong(), text);
        if (millis == null || millis != instant.getAsLong()) {
            throw new AssertionError("'%s' is %s in a request, %s in a record".formatted(text, millis, instant));
        }
        OffsetDateTime expected = javaTime(text);
        if (expected != null && expected.toInstant().toEpochMilli() != instant.getAsLong()) {
            throw new AssertionError("'%s' is read as %s; expected %s".formatted(text, instant, expected));
        }
    }

    private static void checkRange(long millis, String text) {
        if (millis < Reading.MIN_TIMESTAMP_MILLIS || millis > Reading.MAX_TIMESTAMP_MILLIS) {
            throw new AssertionError("'%s' is accepted as %d ms".formatted(text, millis));
        }
    }

    /** The instant by the JDK, which knows fewer forms. */
    private static @Nullable OffsetDateTime javaTime(String text) {
        try {
            return OffsetDateTime.parse(text);
        } catch (DateTimeException unknownForm) {
            return null;
        }
    }
}
