package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.telltale.api.Consistency;
import io.telltale.api.TimeRange;
import io.telltale.query.AggregatesOracle.Cut;
import io.telltale.sensors.Value;
import io.telltale.store.RecordOrigin;
import io.telltale.store.StoredReading;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random readings in random pages through the whole pipeline, against the plain oracle. */
class AggregationOracleTest {

    private static final int CASES_PER_ZONE = 100;
    private static final int EXACT = 1_000;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

    private record Length(String text, Cut cut, long aboutMillis) {}

    private static final List<Length> LENGTHS = List.of(
            elapsed("PT0.25S", 250),
            elapsed("PT7S", 7_000),
            elapsed("PT1M", 60_000),
            elapsed("PT15M", 900_000),
            elapsed("PT30M", 1_800_000),
            elapsed("PT1H", HOUR_MILLIS),
            elapsed("PT1H30M", 5_400_000),
            elapsed("PT7H", 7 * HOUR_MILLIS),
            elapsed("PT12H", 12 * HOUR_MILLIS),
            elapsed("PT24H", DAY_MILLIS),
            days("P1D", 1),
            days("P2D", 2),
            days("P5D", 5),
            days("P1W", 7),
            days("P7D", 7),
            days("P2W", 14),
            days("P1W3D", 10),
            months("P1M", 1),
            months("P3M", 3),
            months("P5M", 5),
            months("P1Y", 12),
            months("P1Y6M", 18));

    /** Days on which something happens to the clocks, in one of the zones, or to the calendar. */
    private static final List<LocalDate> DAYS = List.of(
            LocalDate.of(2026, 3, 29),
            LocalDate.of(2026, 10, 25),
            LocalDate.of(2026, 3, 8),
            LocalDate.of(2026, 11, 1),
            LocalDate.of(2006, 4, 2),
            LocalDate.of(2006, 10, 29),
            LocalDate.of(1986, 1, 1),
            LocalDate.of(2011, 12, 30),
            LocalDate.of(2026, 4, 5),
            LocalDate.of(2026, 10, 4),
            LocalDate.of(1970, 1, 1),
            LocalDate.of(2024, 2, 29),
            LocalDate.of(2025, 12, 31));

    private final AggregatesOracle oracle = new AggregatesOracle();

    private static Length elapsed(String text, long millis) {
        return new Length(text, Cut.millis(millis), millis);
    }

    private static Length days(String text, int count) {
        return new Length(text, Cut.days(count), count * DAY_MILLIS);
    }

    private static Length months(String text, int count) {
        return new Length(text, Cut.months(count), count * (30 * DAY_MILLIS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTC",
                "Europe/Berlin",
                "America/St_Johns",
                "Asia/Kathmandu",
                "Pacific/Apia",
                "Australia/Lord_Howe",
                "+05:45"
            })
    void everyAnswerIsWhatTheOracleSays(String zone) {
        for (int seed = 0; seed < CASES_PER_ZONE; seed++) {
            assertSame(zone, seed);
        }
    }

    private void assertSame(String zoneId, long seed) {
        // A factor, since the first numbers of neighbouring seeds are neighbours too.
        Random random = new Random(31 * seed + zoneId.hashCode() * 1_000_003L);
        ZoneId zone = ZoneId.of(zoneId);
        Length length = pick(LENGTHS, random);
        TimeRange range = range(length, zone, random);
        Set<AggregateFunction> functions = functions(random);
        Fill fill = pick(List.of(Fill.values()), random);
        Windows windows = new Windows(Interval.parse(length.text()), zone, range);
        List<Window> expectedWindows = oracle.windows(length.cut(), zone, range);
        List<StoredReading> readings = readings(expectedWindows, random);

        List<AggregatedWindow> found = aggregated(
                new Aggregation(
                        new AggregatesQuery(length.text(), windows, functions, fill, Consistency.DEFAULT), EXACT),
                readings,
                random);

        String asked = "%s, seed %d: %s of %s in %s, %d readings, fill %s"
                .formatted(zoneId, seed, length.text(), functions, range, readings.size(), fill);
        assertThat(windows.count()).as(asked).isEqualTo(expectedWindows.size());
        Set<String> keys = new LinkedHashSet<>();
        functions.forEach(function -> keys.add(function.key()));
        List<Map<String, @Nullable Object>> expected =
                oracle.aggregates(expectedWindows, readings, keys, fill.name().toLowerCase(Locale.ROOT));
        assertThat(found).as(asked).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertSame(found.get(i), expected.get(i), keys, asked);
        }
    }

    private static void assertSame(
            AggregatedWindow found, Map<String, @Nullable Object> expected, Set<String> keys, String asked) {
        Map<String, @Nullable Object> shown = shown(found, keys);
        assertThat(shown.keySet()).as(asked).containsExactlyElementsOf(expected.keySet());
        shown.forEach((key, value) -> {
            String what = "%s: %s of the window from %s"
                    .formatted(asked, key, Instant.ofEpochMilli(found.window().startMillis()));
            if (expected.get(key) instanceof BigDecimal number) {
                assertThat(value).as(what).isInstanceOf(Double.class);
                double wanted = number.doubleValue();
                assertThat((Double) value).as(what).isCloseTo(wanted, within(1e-9 * Math.max(1e-3, Math.abs(wanted))));
            } else {
                assertThat(value).as(what).isEqualTo(expected.get(key));
            }
        });
    }

    private static Map<String, @Nullable Object> shown(AggregatedWindow window, Set<String> keys) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("start", window.window().startMillis());
        shown.put("end", window.window().endMillis());
        for (String key : keys) {
            AggregateFunction function = AggregateFunction.of(key).orElseThrow();
            shown.put(
                    key,
                    switch (function) {
                        case COUNT -> window.count();
                        case FIRST -> window.first();
                        case LAST -> window.last();
                        default -> window.numbers().get(function);
                    });
        }
        return shown;
    }

    private static List<AggregatedWindow> aggregated(
            Aggregation aggregation, List<StoredReading> readings, Random random) {
        List<AggregatedWindow> windows = new ArrayList<>();
        int given = 0;
        while (given < readings.size()) {
            int end = Math.min(readings.size(), given + 1 + random.nextInt(40));
            addAll(aggregation.over(readings.subList(given, end)), windows);
            given = end;
        }
        addAll(aggregation.rest(), windows);
        return windows;
    }

    private static void addAll(Iterator<AggregatedWindow> found, List<AggregatedWindow> windows) {
        found.forEachRemaining(windows::add);
    }

    private static TimeRange range(Length length, ZoneId zone, Random random) {
        LocalDate day =
                random.nextInt(4) == 0 ? LocalDate.of(1970, 1, 1).plusDays(random.nextInt(40_000)) : pick(DAYS, random);
        long midnight = day.atStartOfDay(zone).toInstant().toEpochMilli();
        long from = midnight
                + switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> random.nextInt(-1, 2);
                    case 2 -> random.nextLong(-2 * DAY_MILLIS, DAY_MILLIS);
                    default -> -random.nextLong(20 * length.aboutMillis());
                };
        long to = from
                + switch (random.nextInt(8)) {
                    case 0 -> 0;
                    case 1 -> 1;
                    case 2 -> length.aboutMillis();
                    default -> random.nextLong(40 * length.aboutMillis());
                };
        return new TimeRange(from, to);
    }

    private static Set<AggregateFunction> functions(Random random) {
        Set<AggregateFunction> functions = EnumSet.noneOf(AggregateFunction.class);
        for (AggregateFunction function : AggregateFunction.values()) {
            if (random.nextBoolean()) {
                functions.add(function);
            }
        }
        return functions.isEmpty() ? EnumSet.allOf(AggregateFunction.class) : functions;
    }

    /** Some anywhere, some at the edges of windows; a few windows get many, many get none. */
    private static List<StoredReading> readings(List<Window> windows, Random random) {
        TreeMap<Long, StoredReading> readings = new TreeMap<>();
        if (windows.isEmpty()) {
            return List.of();
        }
        int kinds = random.nextInt(5);
        int count = random.nextInt(4) == 0 ? random.nextInt(4) : random.nextInt(200);
        for (int i = 0; i < count; i++) {
            Window window = pick(windows, random);
            long timestamp =
                    switch (random.nextInt(4)) {
                        case 0 -> window.startMillis();
                        case 1 -> window.endMillis() - 1;
                        case 2 -> random.nextLong(window.startMillis(), window.endMillis());
                        default ->
                            windows.get(0).startMillis()
                                    + random.nextLong(Math.min(
                                            windows.get(0).endMillis()
                                                    - windows.get(0).startMillis(),
                                            100_000));
                    };
            readings.put(timestamp, new StoredReading(timestamp, value(kinds, random), new RecordOrigin(1, 0, i)));
        }
        return List.copyOf(readings.values());
    }

    private static Value value(int kinds, Random random) {
        int kind = kinds == 4 ? random.nextInt(4) : kinds;
        return switch (kind) {
            case 0 -> new Value.Numeric(20 + 5 * random.nextGaussian());
            case 1 -> new Value.Numeric(random.nextInt(-3, 4));
            case 2 -> Value.Flag.of(random.nextBoolean());
            default -> new Value.Text(random.nextBoolean() ? "open" : "shut");
        };
    }

    private static <T> T pick(List<T> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }
}
