package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.telltale.sensors.TimeRange;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares {@link Aggregation} and {@link GroupAggregation} with {@link AggregatesOracle}, with random readings in
 * random pages.
 */
class AggregationOracleTest {

    private static final int CASES_PER_ZONE = 100;
    private static final int EXACT = 1_000;
    private static final int SENSORS = 4;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

    private record Reading(long timestampMillis, Value value) implements TimedValue {}

    private record Case(String interval, AggregatesOracle.Length length, long aboutMillis) {}

    private static final List<Case> INTERVALS = List.of(
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

    /** Days of clock changes in one of the zones, and of boundaries of the calendar. */
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

    private static Case elapsed(String text, long millis) {
        return new Case(text, AggregatesOracle.Length.millis(millis), millis);
    }

    private static Case days(String text, int count) {
        return new Case(text, AggregatesOracle.Length.days(count), count * DAY_MILLIS);
    }

    private static Case months(String text, int count) {
        return new Case(text, AggregatesOracle.Length.months(count), count * (30 * DAY_MILLIS));
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
                "+05:45",
                "-09:30"
            })
    void agreesWithTheOracle(String zone) {
        for (int seed = 0; seed < CASES_PER_ZONE; seed++) {
            assertSame(zone, seed);
        }
    }

    private void assertSame(String zoneId, long seed) {
        // Spreads the seeds: Random returns similar first numbers for similar seeds.
        Random random = new Random(31 * seed + zoneId.hashCode() * 1_000_003L);
        ZoneId zone = ZoneId.of(zoneId);
        Case sample = pick(INTERVALS, random);
        TimeRange range = range(sample, zone, random);
        Set<AggregateFunction> functions = functions(random);
        Fill fill = pick(List.of(Fill.values()), random);
        Windows windows = new Windows(Interval.parse(sample.interval()), zone, range);
        List<Window> expectedWindows = oracle.windows(sample.length(), zone, range);
        List<Reading> readings = readings(expectedWindows, random);

        String query = "%s, seed %d: %s of %s in %s, %d readings, fill %s"
                .formatted(zoneId, seed, sample.interval(), functions, range, readings.size(), fill);
        assertThat(windows.count()).as(query).isEqualTo(expectedWindows.size());
        assertSame(
                aggregated(new Aggregation(windows, fill, functions, EXACT), readings, random),
                oracle.aggregates(expectedWindows, readings, fill),
                functions,
                query);
        List<List<Reading>> bySensor = dealt(readings, random);
        List<Reading> ofAll = bySensor.stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingLong(Reading::timestampMillis))
                .toList();
        assertSame(
                grouped(new WindowStarts(windows), fill, functions, bySensor, random),
                oracle.aggregates(expectedWindows, ofAll, fill),
                functions,
                "group of " + query);
    }

    /** The readings of several sensors; some instants have a reading of more than one. */
    private static List<List<Reading>> dealt(List<Reading> readings, Random random) {
        List<List<Reading>> bySensor = new ArrayList<>();
        for (int sensor = 0; sensor < SENSORS; sensor++) {
            bySensor.add(new ArrayList<>());
        }
        for (Reading reading : readings) {
            int sensor = random.nextInt(SENSORS);
            bySensor.get(sensor).add(reading);
            if (sensor + 1 < SENSORS && random.nextInt(4) == 0) {
                bySensor.get(sensor + 1).add(new Reading(reading.timestampMillis(), value(4, random)));
            }
        }
        return bySensor;
    }

    /** The windows of a group whose sensors are read one after another, slice by slice. */
    private static List<AggregatedWindow> grouped(
            WindowStarts starts,
            Fill fill,
            Set<AggregateFunction> functions,
            List<List<Reading>> bySensor,
            Random random) {
        int perSlice = 1 + random.nextInt(2 + starts.count());
        GroupAggregation aggregation = new GroupAggregation(starts, fill, functions, EXACT, perSlice);
        List<AggregatedWindow> windows = new ArrayList<>();
        for (TimeRange slice : starts.slices(perSlice)) {
            for (List<Reading> ofSensor : bySensor) {
                List<Reading> read = ofSensor.stream()
                        .filter(reading -> slice.contains(reading.timestampMillis()))
                        .toList();
                addPages(aggregation, read, windows, random);
            }
        }
        addAll(aggregation.finish(), windows);
        return windows;
    }

    private static void assertSame(
            List<AggregatedWindow> found,
            Map<Window, Map<AggregateFunction, Object>> expected,
            Set<AggregateFunction> functions,
            String query) {
        assertThat(found.stream().map(AggregatedWindow::window)).as(query).containsExactlyElementsOf(expected.keySet());
        for (AggregatedWindow window : found) {
            assertSame(window, Objects.requireNonNull(expected.get(window.window())), functions, query);
        }
    }

    private static void assertSame(
            AggregatedWindow found,
            Map<AggregateFunction, Object> expected,
            Set<AggregateFunction> functions,
            String query) {
        assertThat(functions).as(query).containsAll(found.results().keySet());
        for (AggregateFunction function : functions) {
            String what = "%s: %s of the window from %s"
                    .formatted(
                            query, function, Instant.ofEpochMilli(found.window().startMillis()));
            Object value = value(found.result(function));
            if (expected.get(function) instanceof BigDecimal number) {
                assertThat(value).as(what).isInstanceOf(Double.class);
                double wanted = number.doubleValue();
                assertThat((Double) value).as(what).isCloseTo(wanted, within(1e-9 * Math.max(1e-3, Math.abs(wanted))));
            } else {
                assertThat(value).as(what).isEqualTo(expected.get(function));
            }
        }
    }

    private static @Nullable Object value(@Nullable Aggregate aggregate) {
        if (aggregate instanceof Aggregate.Count count) {
            return count.count();
        }
        if (aggregate instanceof Aggregate.Numeric number) {
            return number.number();
        }
        return aggregate instanceof Aggregate.Sample sample ? sample.reading() : null;
    }

    private static List<AggregatedWindow> aggregated(Aggregation aggregation, List<Reading> readings, Random random) {
        List<AggregatedWindow> windows = new ArrayList<>();
        addPages(aggregation, readings, windows, random);
        addAll(aggregation.finish(), windows);
        return windows;
    }

    private static void addPages(
            SeriesAggregation aggregation, List<Reading> readings, List<AggregatedWindow> windows, Random random) {
        int given = 0;
        while (given < readings.size()) {
            int end = Math.min(readings.size(), given + 1 + random.nextInt(40));
            addAll(aggregation.add(readings.subList(given, end)), windows);
            given = end;
        }
    }

    private static void addAll(Iterator<AggregatedWindow> found, List<AggregatedWindow> windows) {
        found.forEachRemaining(windows::add);
    }

    private static TimeRange range(Case sample, ZoneId zone, Random random) {
        LocalDate day =
                random.nextInt(4) == 0 ? LocalDate.of(1970, 1, 1).plusDays(random.nextInt(40_000)) : pick(DAYS, random);
        long midnight = day.atStartOfDay(zone).toInstant().toEpochMilli();
        long from = midnight
                + switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> random.nextInt(-1, 2);
                    case 2 -> random.nextLong(-2 * DAY_MILLIS, DAY_MILLIS);
                    default -> -random.nextLong(20 * sample.aboutMillis());
                };
        long to = from
                + switch (random.nextInt(8)) {
                    case 0 -> 0;
                    case 1 -> 1;
                    case 2 -> sample.aboutMillis();
                    default -> random.nextLong(40 * sample.aboutMillis());
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

    /** Readings at random instants and at the edges of windows; few windows get many readings, many windows none. */
    private static List<Reading> readings(List<Window> windows, Random random) {
        TreeMap<Long, Reading> readings = new TreeMap<>();
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
            readings.put(timestamp, new Reading(timestamp, value(kinds, random)));
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
