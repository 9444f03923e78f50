package io.telltale.query;

import io.telltale.api.TimeRange;
import io.telltale.sensors.Value;
import io.telltale.store.StoredReading;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates the slow way, which is plain to see: midnights are found by trying minute after minute, each window looks
 * through all readings, and numbers are decimals of 60 digits.
 */
final class AggregatesOracle {

    private static final MathContext DIGITS = new MathContext(60);
    private static final LocalDate MONDAY = LocalDate.of(1969, 12, 29);
    private static final long MINUTE_MILLIS = 60_000;

    private final Map<String, Long> midnights = new HashMap<>();

    /** How an interval cuts days into groups, or a day into parts. */
    record Cut(int days, int months, long millis) {
        static Cut days(int count) {
            return new Cut(count, 0, 0);
        }

        static Cut months(int count) {
            return new Cut(0, count, 0);
        }

        static Cut millis(long count) {
            return new Cut(0, 0, count);
        }
    }

    List<Window> windows(Cut cut, ZoneId zone, TimeRange range) {
        Set<Long> boundaries = new TreeSet<>();
        long reach = cut.days() + 31L * cut.months() + 3;
        LocalDate first = date(range.fromMillis(), zone).minusDays(reach);
        LocalDate last = date(range.toMillis(), zone).plusDays(reach);
        ToLongFunction<LocalDate> group = date -> group(cut, date);
        for (LocalDate date = first; date.isBefore(last); date = date.plusDays(1)) {
            if (cut.millis() > 0) {
                long end = midnight(date.plusDays(1), zone);
                for (long part = midnight(date, zone); part < end; part += cut.millis()) {
                    if (part > range.fromMillis() - 2 * cut.millis() && part < range.toMillis() + 2 * cut.millis()) {
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

    private static long group(Cut cut, LocalDate date) {
        return cut.days() > 0
                ? Math.floorDiv(ChronoUnit.DAYS.between(MONDAY, date), cut.days())
                : Math.floorDiv(12L * date.getYear() + date.getMonthValue() - 1, cut.months());
    }

    /** The first minute that is of this day or a later one. */
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

    /** What is expected of each window: start, end, and the functions by their keys; a number is a BigDecimal. */
    List<Map<String, @Nullable Object>> aggregates(
            List<Window> windows, List<StoredReading> readings, Set<String> functions, String fill) {
        List<Map<String, @Nullable Object>> known = new ArrayList<>();
        for (Window window : windows) {
            known.add(known(readings.stream()
                    .filter(reading -> window.contains(reading.timestampMillis()))
                    .toList()));
        }
        List<Map<String, @Nullable Object>> answer = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            if (!isEmpty(known.get(i)) || !fill.equals("none")) {
                Map<String, @Nullable Object> all = filled(windows, known, i, fill);
                Map<String, @Nullable Object> asked = new LinkedHashMap<>();
                asked.put("start", windows.get(i).startMillis());
                asked.put("end", windows.get(i).endMillis());
                functions.forEach(function -> asked.put(function, all.get(function)));
                answer.add(asked);
            }
        }
        return answer;
    }

    private static boolean isEmpty(Map<String, @Nullable Object> known) {
        return Long.valueOf(0).equals(known.get("count"));
    }

    private static Map<String, @Nullable Object> known(List<StoredReading> readings) {
        Map<String, @Nullable Object> known = new HashMap<>();
        known.put("count", (long) readings.size());
        if (!readings.isEmpty()) {
            known.put("first", readings.get(0));
            known.put("last", readings.get(readings.size() - 1));
        }
        List<BigDecimal> numbers = readings.stream()
                .filter(reading -> !(reading.value() instanceof Value.Text))
                .map(AggregatesOracle::number)
                .sorted()
                .toList();
        if (numbers.isEmpty()) {
            return known;
        }
        BigDecimal count = BigDecimal.valueOf(numbers.size());
        BigDecimal sum = numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        BigDecimal mean = sum.divide(count, DIGITS);
        known.put("min", numbers.get(0));
        known.put("max", numbers.get(numbers.size() - 1));
        known.put("sum", sum);
        known.put("avg", mean);
        known.put("p50", percentile(numbers, new BigDecimal("0.50")));
        known.put("p95", percentile(numbers, new BigDecimal("0.95")));
        known.put("p99", percentile(numbers, new BigDecimal("0.99")));
        if (numbers.size() > 1) {
            BigDecimal squares = numbers.stream()
                    .map(number -> number.subtract(mean).pow(2))
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
            known.put(
                    "stddev",
                    squares.divide(count.subtract(BigDecimal.ONE), DIGITS).sqrt(DIGITS));
        }
        return known;
    }

    private static BigDecimal number(StoredReading reading) {
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

    private static Map<String, @Nullable Object> filled(
            List<Window> windows, List<Map<String, @Nullable Object>> known, int at, String fill) {
        if (!isEmpty(known.get(at))) {
            return known.get(at);
        }
        int before = at;
        while (before >= 0 && isEmpty(known.get(before))) {
            before--;
        }
        int after = at;
        while (after < windows.size() && isEmpty(known.get(after))) {
            after++;
        }
        Map<String, @Nullable Object> filled = new HashMap<>();
        if (fill.equals("previous") && before >= 0) {
            filled.putAll(known.get(before));
        }
        if (fill.equals("linear") && before >= 0 && after < windows.size()) {
            BigDecimal whole = BigDecimal.valueOf(
                    windows.get(after).startMillis() - windows.get(before).startMillis());
            BigDecimal way = BigDecimal.valueOf(
                    windows.get(at).startMillis() - windows.get(before).startMillis());
            for (String function : known.get(before).keySet()) {
                if (known.get(before).get(function) instanceof BigDecimal here
                        && known.get(after).get(function) instanceof BigDecimal there) {
                    filled.put(function, between(here, there, way.divide(whole, DIGITS)));
                }
            }
        }
        filled.put("count", 0L);
        return filled;
    }

    private static BigDecimal between(BigDecimal a, BigDecimal b, BigDecimal fraction) {
        return a.add(b.subtract(a).multiply(fraction));
    }
}
