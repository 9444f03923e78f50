package io.telltale.aggregate;

import io.telltale.sensors.TimeRange;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A slow and obvious implementation to compare with: it finds midnights by testing every minute, filters all readings
 * for every window, and computes with decimals of 60 digits.
 */
final class AggregatesOracle {

    private static final MathContext DIGITS = new MathContext(60);
    private static final LocalDate MONDAY = LocalDate.of(1969, 12, 29);
    private static final long MINUTE_MILLIS = 60_000;

    private final Map<String, Long> midnights = new HashMap<>();

    /** The length of windows: whole days, whole months, or a part of a day. */
    record Length(int days, int months, long millis) {
        static Length days(int count) {
            return new Length(count, 0, 0);
        }

        static Length months(int count) {
            return new Length(0, count, 0);
        }

        static Length millis(long count) {
            return new Length(0, 0, count);
        }
    }

    List<Window> windows(Length length, ZoneId zone, TimeRange range) {
        Set<Long> boundaries = new TreeSet<>();
        long reach = length.days() + 31L * length.months() + 3;
        LocalDate first = date(range.fromMillis(), zone).minusDays(reach);
        LocalDate last = date(range.toMillis(), zone).plusDays(reach);
        ToLongFunction<LocalDate> group = date -> group(length, date);
        for (LocalDate date = first; date.isBefore(last); date = date.plusDays(1)) {
            if (length.millis() > 0) {
                long end = midnight(date.plusDays(1), zone);
                for (long part = midnight(date, zone); part < end; part += length.millis()) {
                    if (part > range.fromMillis() - 2 * length.millis()
                            && part < range.toMillis() + 2 * length.millis()) {
                        boundaries.add(part);
                    }
                }
            } else if (group.applyAsLong(date) != group.applyAsLong(date.minusDays(1))) {
                boundaries.add(midnight(date, zone));
            }
        }
        List<Long> inOrder = List.copyOf(boundaries);
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i + 1 < inOrder.size(); i++) {
            long start = Math.max(inOrder.get(i), range.fromMillis());
            long end = Math.min(inOrder.get(i + 1), range.toMillis());
            if (start < end) {
                windows.add(new Window(start, end));
            }
        }
        return windows;
    }

    private static long group(Length length, LocalDate date) {
        return length.days() > 0
                ? Math.floorDiv(ChronoUnit.DAYS.between(MONDAY, date), length.days())
                : Math.floorDiv(12L * date.getYear() + date.getMonthValue() - 1, length.months());
    }

    /** The first minute of this day, or of a later one if the zone skipped the day. */
    private long midnight(LocalDate date, ZoneId zone) {
        return midnights.computeIfAbsent(zone + " " + date, unused -> {
            long millis = date.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli() - 15 * 60 * MINUTE_MILLIS;
            while (date(millis, zone).isBefore(date)) {
                millis += MINUTE_MILLIS;
            }
            return millis;
        });
    }

    private static LocalDate date(long millis, ZoneId zone) {
        return Instant.ofEpochMilli(millis).atZone(zone).toLocalDate();
    }

    /**
     * The expected windows.
     *
     * @return by window, the result of every function that is defined: a {@code Long}, a {@code BigDecimal} or a
     *     reading
     */
    Map<Window, Map<AggregateFunction, Object>> aggregates(
            List<Window> windows, List<? extends TimedValue> readings, Fill fill) {
        List<Map<AggregateFunction, Object>> unfilled = new ArrayList<>();
        for (Window window : windows) {
            unfilled.add(results(readings.stream()
                    .filter(reading -> window.contains(reading.timestampMillis()))
                    .toList()));
        }
        Map<Window, Map<AggregateFunction, Object>> expected = new LinkedHashMap<>();
        for (int i = 0; i < windows.size(); i++) {
            if (!isEmpty(unfilled.get(i)) || fill != Fill.NONE) {
                expected.put(windows.get(i), filled(windows, unfilled, i, fill));
            }
        }
        return expected;
    }

    private static boolean isEmpty(Map<AggregateFunction, Object> results) {
        return Long.valueOf(0).equals(results.get(AggregateFunction.COUNT));
    }

    private static Map<AggregateFunction, Object> results(List<? extends TimedValue> readings) {
        List<BigDecimal> numbers = readings.stream()
                .filter(reading -> !(reading.value() instanceof Value.Text))
                .map(AggregatesOracle::number)
                .sorted()
                .toList();
        Map<AggregateFunction, Object> results = new EnumMap<>(AggregateFunction.class);
        for (AggregateFunction function : AggregateFunction.values()) {
            Object result = result(function, readings, numbers);
            if (result != null) {
                results.put(function, result);
            }
        }
        return results;
    }

    /** Without a default branch: a new function without an expectation does not compile. */
    private static @Nullable Object result(
            AggregateFunction function, List<? extends TimedValue> readings, List<BigDecimal> sorted) {
        return switch (function) {
            case COUNT -> (long) readings.size();
            case FIRST -> readings.isEmpty() ? null : readings.get(0);
            case LAST -> readings.isEmpty() ? null : readings.get(readings.size() - 1);
            case MIN -> sorted.isEmpty() ? null : sorted.get(0);
            case MAX -> sorted.isEmpty() ? null : sorted.get(sorted.size() - 1);
            case SUM -> sorted.isEmpty() ? null : sum(sorted);
            case AVG -> sorted.isEmpty() ? null : mean(sorted);
            case STDDEV -> sorted.size() < 2 ? null : deviation(sorted);
            case P50 -> sorted.isEmpty() ? null : percentile(sorted, new BigDecimal("0.50"));
            case P95 -> sorted.isEmpty() ? null : percentile(sorted, new BigDecimal("0.95"));
            case P99 -> sorted.isEmpty() ? null : percentile(sorted, new BigDecimal("0.99"));
        };
    }

    private static BigDecimal sum(List<BigDecimal> numbers) {
        return numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static BigDecimal mean(List<BigDecimal> numbers) {
        return sum(numbers).divide(BigDecimal.valueOf(numbers.size()), DIGITS);
    }

    private static BigDecimal deviation(List<BigDecimal> numbers) {
        BigDecimal mean = mean(numbers);
        BigDecimal squares =
                sum(numbers.stream().map(number -> number.subtract(mean).pow(2)).toList());
        return squares.divide(BigDecimal.valueOf(numbers.size() - 1L), DIGITS).sqrt(DIGITS);
    }

    private static BigDecimal number(TimedValue reading) {
        if (reading.value() instanceof Value.Flag flag) {
            return flag.flag() ? BigDecimal.ONE : BigDecimal.ZERO;
        }
        return new BigDecimal(((Value.Numeric) reading.value()).number());
    }

    private static BigDecimal percentile(List<BigDecimal> sorted, BigDecimal fraction) {
        BigDecimal rank = fraction.multiply(BigDecimal.valueOf(sorted.size() - 1));
        int below = rank.intValue();
        int above = Math.min(below + 1, sorted.size() - 1);
        return between(sorted.get(below), sorted.get(above), rank.subtract(BigDecimal.valueOf(below)));
    }

    private static Map<AggregateFunction, Object> filled(
            List<Window> windows, List<Map<AggregateFunction, Object>> unfilled, int at, Fill fill) {
        if (!isEmpty(unfilled.get(at))) {
            return unfilled.get(at);
        }
        int before = at;
        while (before >= 0 && isEmpty(unfilled.get(before))) {
            before--;
        }
        int after = at;
        while (after < windows.size() && isEmpty(unfilled.get(after))) {
            after++;
        }
        Map<AggregateFunction, Object> filled = new EnumMap<>(AggregateFunction.class);
        if (fill == Fill.PREVIOUS && before >= 0) {
            filled.putAll(unfilled.get(before));
        }
        if (fill == Fill.LINEAR && before >= 0 && after < windows.size()) {
            BigDecimal distance = BigDecimal.valueOf(
                    windows.get(after).startMillis() - windows.get(before).startMillis());
            BigDecimal way = BigDecimal.valueOf(
                    windows.get(at).startMillis() - windows.get(before).startMillis());
            for (AggregateFunction function : AggregateFunction.values()) {
                if (unfilled.get(before).get(function) instanceof BigDecimal earlier
                        && unfilled.get(after).get(function) instanceof BigDecimal later) {
                    filled.put(function, between(earlier, later, way.divide(distance, DIGITS)));
                }
            }
        }
        filled.put(AggregateFunction.COUNT, 0L);
        return filled;
    }

    private static BigDecimal between(BigDecimal a, BigDecimal b, BigDecimal fraction) {
        return a.add(b.subtract(a).multiply(fraction));
    }
}
