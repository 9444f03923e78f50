package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.aggregate.Aggregate;
import io.telltale.aggregate.AggregateFunction;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.Aggregation;
import io.telltale.aggregate.Fill;
import io.telltale.aggregate.GroupAggregation;
import io.telltale.aggregate.Interval;
import io.telltale.aggregate.SeriesAggregation;
import io.telltale.aggregate.SummaryRule;
import io.telltale.aggregate.WindowStarts;
import io.telltale.aggregate.Windows;
import io.telltale.segment.Row;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentSummary;
import io.telltale.segment.Summarizer;
import io.telltale.sensors.TimeRange;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Compares windows of readings with windows of summaries and readings. Sums may differ in the last digit, deviations in
 * the last digits: decision 0089.
 */
class SummarizedAggregationTest {

    private static final long START = Instant.parse("2026-03-27T00:00:00Z").toEpochMilli();
    private static final long HOUR = 3_600_000;
    private static final int HOURS = 120;
    private static final int EXACT = 100_000;
    private static final List<String> INTERVALS = List.of("PT1H", "PT90M", "PT6H", "P1D", "P2D", "P1M");
    private static final List<String> ZONES = List.of("UTC", "Europe/Berlin", "Asia/Kathmandu");

    private int used;
    private int unused;

    @Test
    void summariesGiveTheWindowsOfTheirReadings() {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(31L * seed);
            Windows windows = new Windows(
                    Interval.parse(pick(INTERVALS, random)),
                    ZoneId.of(pick(ZONES, random)),
                    new TimeRange(START, START + HOURS * HOUR));
            Set<AggregateFunction> functions = functions(random);
            Fill fill = pick(List.of(Fill.values()), random);
            List<List<SegmentReading>> sensors = new ArrayList<>();
            for (int sensor = random.nextInt(2); sensor >= 0; sensor--) {
                sensors.add(readings(random));
            }
            String query = "seed %d: %s of %s, fill %s".formatted(seed, windows.interval(), functions, fill);
            if (sensors.size() == 1) {
                assertAlike(
                        new Aggregation(windows, fill, functions, EXACT),
                        new Aggregation(windows, fill, functions, EXACT),
                        new SummaryRule(windows, functions),
                        sensors,
                        query);
            }
            WindowStarts starts = new WindowStarts(windows);
            int slice = sensors.size() == 1 ? 1 + random.nextInt(20) : 1_000;
            assertAlike(
                    new GroupAggregation(starts, fill, functions, EXACT, slice),
                    new GroupAggregation(starts, fill, functions, EXACT, slice),
                    new SummaryRule(windows, functions),
                    sensors,
                    "group of " + query);
        }
        assertThat(used).isGreaterThan(10_000);
        assertThat(unused).isGreaterThan(1_000);
    }

    private void assertAlike(
            SeriesAggregation ofReadings,
            SeriesAggregation ofSummaries,
            SummaryRule rule,
            List<List<SegmentReading>> sensors,
            String query) {
        List<AggregatedWindow> expected = new ArrayList<>();
        List<AggregatedWindow> found = new ArrayList<>();
        for (List<SegmentReading> readings : sensors) {
            ofReadings.add(readings).forEachRemaining(expected::add);
            for (SegmentSummary summary : summaries(readings)) {
                if (rule.test(summary)) {
                    used++;
                    ofSummaries.addAll(List.of(summary)).forEachRemaining(found::add);
                } else {
                    unused++;
                    ofSummaries
                            .add(readings.stream()
                                    .filter(reading -> reading.timestampMillis()
                                                    >= summary.first().timestampMillis()
                                            && reading.timestampMillis()
                                                    <= summary.last().timestampMillis())
                                    .toList())
                            .forEachRemaining(found::add);
                }
            }
        }
        ofReadings.finish().forEachRemaining(expected::add);
        ofSummaries.finish().forEachRemaining(found::add);
        assertThat(found).as(query).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).window())
                    .as(query)
                    .isEqualTo(expected.get(i).window());
            for (AggregateFunction function : AggregateFunction.values()) {
                assertAlike(
                        function,
                        found.get(i).result(function),
                        expected.get(i).result(function),
                        query + " " + function + " of " + expected.get(i).window());
            }
        }
    }

    private static void assertAlike(
            AggregateFunction function, @Nullable Aggregate found, @Nullable Aggregate expected, String query) {
        if (expected instanceof Aggregate.Sample sample) {
            TimedValue reading = ((Aggregate.Sample) Objects.requireNonNull(found, query)).reading();
            assertThat(reading.timestampMillis())
                    .as(query)
                    .isEqualTo(sample.reading().timestampMillis());
            assertThat(reading.value()).as(query).isEqualTo(sample.reading().value());
        } else if (expected instanceof Aggregate.Numeric number && isRounded(function)) {
            double distance =
                    Math.abs(((Aggregate.Numeric) Objects.requireNonNull(found, query)).number() - number.number());
            double allowed =
                    function == AggregateFunction.STDDEV ? 1e-9 * Math.abs(number.number()) : Math.ulp(number.number());
            assertThat(distance).as(query).isLessThanOrEqualTo(allowed);
        } else {
            assertThat(found).as(query).isEqualTo(expected);
        }
    }

    private static boolean isRounded(AggregateFunction function) {
        return function == AggregateFunction.SUM
                || function == AggregateFunction.AVG
                || function == AggregateFunction.STDDEV;
    }

    private static List<SegmentSummary> summaries(List<SegmentReading> readings) {
        Summarizer summarizer = new Summarizer();
        readings.forEach(summarizer::add);
        return SegmentSummary.decode(SegmentSummary.encode(summarizer.finish()));
    }

    private static List<SegmentReading> readings(Random random) {
        List<SegmentReading> readings = new ArrayList<>();
        int form = random.nextInt(6);
        long step = 60_000L * (1 + random.nextInt(12));
        for (long millis = START; millis < START + HOURS * HOUR; millis += step) {
            if (random.nextInt(50) == 0) {
                millis += random.nextInt(10) * HOUR / 2;
            }
            if (millis < START + HOURS * HOUR) {
                readings.add(new Row(1, millis, value(form, random), 0, 0, 1, SegmentReading.NEVER));
            }
        }
        return readings;
    }

    private static Value value(int form, Random random) {
        return switch (form) {
            case 0 -> new Value.Numeric(20 + random.nextInt(10) / 10.0);
            case 1 -> new Value.Numeric(1e6 * (random.nextDouble() - 0.5));
            case 2 -> Value.Flag.of(random.nextBoolean());
            case 3 -> new Value.Text("text " + random.nextInt(5));
            case 4 -> random.nextBoolean() ? new Value.Numeric(-0.0) : new Value.Text("mixed");
            default -> new Value.Numeric(random.nextInt(200) == 0 ? 1e150 : random.nextInt(100));
        };
    }

    private static Set<AggregateFunction> functions(Random random) {
        Set<AggregateFunction> functions = EnumSet.noneOf(AggregateFunction.class);
        while (functions.isEmpty()) {
            for (AggregateFunction function : AggregateFunction.values()) {
                if (random.nextInt(3) == 0 && (!function.isPercentile() || random.nextBoolean())) {
                    functions.add(function);
                }
            }
        }
        return functions;
    }

    private static <T> T pick(List<T> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }
}
