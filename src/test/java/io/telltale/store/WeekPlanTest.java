package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentSummary;
import io.telltale.segment.Summarizer;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.store.HistorySummaries.Found;
import io.telltale.store.WeekPlan.Gap;
import io.telltale.store.WeekPlan.Rules;
import io.telltale.store.WeekPlan.Step;
import io.telltale.store.WeekPlan.Summaries;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Plans random weeks, and compares what the steps give with a plain list. */
class WeekPlanTest {

    private static final SensorId SENSOR = new SensorId("a");
    private static final long HOUR = 3_600_000;
    private static final long WEEK =
            Layout.weekStart(Instant.parse("2026-03-01T00:00:00Z").toEpochMilli());
    private static final long NOW_SECOND = WEEK / 1_000 + 1_000_000;

    private final List<SegmentReading> all = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();
    private final Map<Long, UUID> packs = new HashMap<>();
    private final Set<Long> damaged = new HashSet<>();

    @Test
    void eachReadingIsSummarizedOrReadOnce() {
        int summarized = 0;
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            fill(random);
            long from = WEEK + random.nextInt(48 * 60) * 60_000L;
            long to = from + 1 + random.nextInt(60 * 60) * 60_000L;
            long deletedFrom = WEEK + random.nextInt(72 * 60) * 60_000L;
            List<Deletion> hiding = random.nextBoolean()
                    ? List.of()
                    : List.of(new Deletion(SENSOR, 5, deletedFrom, deletedFrom + random.nextInt(5) * HOUR + 1));
            int usable = random.nextInt(4);
            Rules rules = new Rules(hiding, NOW_SECOND, summary -> summary.count() % 4 != usable);

            List<SegmentReading> given = new ArrayList<>();
            Step before = null;
            for (Step step : WeekPlan.of(from, to, packs, found, rules)) {
                if (step instanceof Gap gap) {
                    assertThat(before instanceof Gap).as("adjacent gaps").isFalse();
                    assertThat(gap.fromMillis()).isGreaterThanOrEqualTo(from).isLessThan(gap.toMillis());
                    assertThat(gap.toMillis()).isLessThanOrEqualTo(to);
                    given.addAll(within(gap.fromMillis(), gap.toMillis()));
                } else {
                    for (ReadingsSummary summary : ((Summaries) step).summaries()) {
                        List<SegmentReading> readings = within(
                                summary.first().timestampMillis(),
                                summary.last().timestampMillis() + 1);
                        assertThat(summary.count()).as("seed %d", seed).isEqualTo(readings.size());
                        assertThat(readings)
                                .as("seed %d", seed)
                                .allMatch(reading -> reading.expirySecond() > NOW_SECOND
                                        && packs.containsKey(Span.startOf(reading.timestampMillis()))
                                        && hiding.stream()
                                                .noneMatch(deletion -> deletion.covers(reading.timestampMillis(), 0)));
                        assertThat(rules.isUsable().test(summary)).isTrue();
                        given.addAll(readings);
                        summarized++;
                    }
                }
                before = step;
            }
            assertThat(given).as("seed %d", seed).isEqualTo(within(from, to));
        }
        assertThat(summarized).isGreaterThan(1_000);
    }

    @Test
    void aPackedWeekNeedsNoReadings() {
        Random random = new Random(1);
        do {
            fill(random);
        } while (packs.size() < 12 || !damaged.isEmpty() || all.stream().anyMatch(WeekPlanTest::isExpiring));
        List<Step> steps =
                WeekPlan.of(WEEK, WEEK + 72 * HOUR, packs, found, new Rules(List.of(), NOW_SECOND, summary -> true));
        assertThat(steps).singleElement().isInstanceOf(Summaries.class);
    }

    private static boolean isExpiring(SegmentReading reading) {
        return reading.expirySecond() != SegmentReading.NEVER;
    }

    private List<SegmentReading> within(long from, long to) {
        return all.stream()
                .filter(reading -> reading.timestampMillis() >= from && reading.timestampMillis() < to)
                .toList();
    }

    /** Twelve spans, some without a pack, some with several, some damaged. */
    private void fill(Random random) {
        all.clear();
        found.clear();
        packs.clear();
        damaged.clear();
        boolean isMixed = random.nextInt(3) > 0;
        for (long span = WEEK; span < WEEK + 72 * HOUR; span += Span.MILLIS) {
            List<SegmentReading> readings = readings(span, isMixed, random);
            all.addAll(readings);
            List<UUID> ids = Stream.generate(() -> new UUID(random.nextLong(), random.nextLong()))
                    .limit(isMixed ? random.nextInt(3) : 1)
                    .sorted()
                    .toList();
            for (UUID id : ids) {
                // A pack that is not valid may lack readings.
                boolean isValid = !packs.containsKey(span) && (!isMixed || random.nextInt(4) > 0);
                if (isValid) {
                    packs.put(span, id);
                }
                addSummaries(span, id, isValid ? readings : readings(span, true, random), isMixed, random);
            }
        }
    }

    private void addSummaries(long span, UUID id, List<SegmentReading> readings, boolean isMixed, Random random) {
        int from = 0;
        while (from < readings.size()) {
            int to = Math.min(readings.size(), from + 1 + random.nextInt(300));
            Summarizer summarizer = new Summarizer();
            readings.subList(from, to).forEach(summarizer::add);
            byte[] bytes = SegmentSummary.encode(summarizer.finish());
            if (isMixed && random.nextInt(30) == 0) {
                bytes[bytes.length / 2]++;
                damaged.add(span);
            }
            found.add(new Found(span, id, bytes));
            from = to;
        }
    }

    private static List<SegmentReading> readings(long span, boolean isMixed, Random random) {
        List<SegmentReading> readings = new ArrayList<>();
        int step = 1 + random.nextInt(isMixed ? 60 : 3);
        boolean isExpiring = isMixed && random.nextInt(4) == 0;
        for (long minute = random.nextInt(10); minute < 6 * 60; minute += 1 + random.nextInt(step)) {
            readings.add(new PackableReading(
                    SENSOR,
                    span + minute * 60_000,
                    new Value.Numeric(random.nextInt(100)),
                    0,
                    minute,
                    1,
                    isExpiring ? NOW_SECOND + random.nextInt(200) - 1 : SegmentReading.NEVER));
        }
        return readings;
    }
}
