package io.telltale.wire;

import io.telltale.sensors.EpochMillis;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Parses the times of SenML: seconds since the epoch, or relative to now (RFC 8428, section 4.5.3). */
final class SenMlTime {

    /** The expected form of a time, for error details. */
    static final String FORM = "seconds since 1970, from 2^28 to below 10^11, or less than 2^28 from the record time";

    /** Smaller times are relative to now, the record time. */
    private static final BigDecimal FIRST_ABSOLUTE = BigDecimal.valueOf(1 << 28);

    /** The end of the plausible times, exclusive. Larger times are milliseconds sent as seconds. */
    private static final BigDecimal END_PLAUSIBLE = BigDecimal.valueOf(EpochMillis.END_PLAUSIBLE / 1_000);

    /** More than the seconds from the year 9999 back to the year 0000. */
    private static final BigDecimal MIN_PLAUSIBLE = BigDecimal.valueOf(-1_000_000_000_000L);

    private SenMlTime() {}

    /**
     * The instant in milliseconds since the epoch, truncated towards the past, or {@link Rfc3339#INVALID} if no reading
     * can have it.
     *
     * @param seconds the sum of base time and time
     */
    static long millis(BigDecimal seconds, long recordTimeMillis) {
        if (seconds.compareTo(END_PLAUSIBLE) >= 0 || seconds.compareTo(MIN_PLAUSIBLE) < 0) {
            return Rfc3339.INVALID;
        }
        long millis = seconds.movePointRight(3).setScale(0, RoundingMode.FLOOR).longValueExact();
        if (seconds.compareTo(FIRST_ABSOLUTE) >= 0) {
            return millis;
        }
        long instant = recordTimeMillis + millis;
        return instant >= Reading.MIN_TIMESTAMP_MILLIS && instant <= Reading.MAX_TIMESTAMP_MILLIS
                ? instant
                : Rfc3339.INVALID;
    }

    /** Why a time is rejected, after "time is 1767225600000 s". */
    static String doubt(BigDecimal implausible) {
        return implausible.signum() > 0 ? ", which looks like milliseconds" : ", which is before the year 0000";
    }
}
