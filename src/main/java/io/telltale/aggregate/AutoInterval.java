package io.telltale.aggregate;

import io.telltale.sensors.TimeRange;
import java.time.ZoneId;
import java.util.List;

/** Selects an interval by the number of windows that a chart can show. */
public final class AutoInterval {

    /** The value of parameter {@code interval} that requests it. */
    public static final String NAME = "auto";

    /** The number of windows of a request that names none. */
    public static final int DEFAULT_POINTS = 500;

    /** Beyond months, intervals go on so that a long range has few windows too. */
    private static final List<String> INTERVALS = List.of(
            "PT1S", "PT5S", "PT15S", "PT30S", "PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT3H", "PT6H", "PT12H", "P1D",
            "P1W", "P1M", "P3M", "P1Y", "P10Y", "P100Y", "P1000Y", "P10000Y");

    private AutoInterval() {}

    /**
     * The shortest interval that cuts a range into at most {@code points} windows; the longest one if none does.
     *
     * @param points from 1 to {@link Windows#MAX_COUNT}
     * @return ISO 8601
     */
    public static String select(ZoneId zone, TimeRange range, int points) {
        return INTERVALS.stream()
                .filter(interval -> isWithin(points, new Windows(Interval.parse(interval), zone, range)))
                .findFirst()
                .orElse(INTERVALS.get(INTERVALS.size() - 1));
    }

    /** Divides first, because an exact count of short windows iterates over all days of a range. */
    private static boolean isWithin(int points, Windows windows) {
        boolean isPossible = !(windows.interval() instanceof Interval.Elapsed elapsed)
                || windows.range().lengthMillis() / elapsed.millis() <= points;
        return isPossible && windows.count() <= points;
    }
}
