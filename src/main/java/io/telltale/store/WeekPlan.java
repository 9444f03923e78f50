package io.telltale.store;

import io.telltale.segment.DamagedSegmentException;
import io.telltale.segment.SegmentSummary;
import io.telltale.segment.UnsupportedSegmentVersionException;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.HistorySummaries.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Divides the part of a range within a week into summaries and ranges whose readings must be read. A summary is taken
 * only if nothing can hide or replace a reading of it: its pack is valid, it lies within the range, no deletion
 * overlaps it, and none of its readings has expired. Pure.
 */
final class WeekPlan {

    private static final RateLimitedLog DAMAGED =
            new RateLimitedLog(Logger.getLogger(WeekPlan.class), Logger.Level.ERROR);

    private final long fromMillis;
    private final long toMillis;
    private final Rules rules;
    private final List<Step> steps = new ArrayList<>();

    /** What is read next, in order of time. */
    sealed interface Step {}

    /** Summaries that replace their readings. */
    record Summaries(List<ReadingsSummary> summaries) implements Step {}

    /** A range whose readings are read; it may be without readings. */
    record Gap(long fromMillis, long toMillis) implements Step {}

    /**
     * What a summary must pass.
     *
     * @param hiding the deletions that may cover readings of the range
     * @param nowSecond readings that expire until then are expired
     * @param isUsable whether the aggregation can use it
     */
    record Rules(List<Deletion> hiding, long nowSecond, Predicate<ReadingsSummary> isUsable) {
        boolean allow(SegmentSummary summary) {
            return summary.firstExpirySecond() > nowSecond
                    && hiding.stream()
                            .noneMatch(deletion -> deletion.overlaps(
                                    summary.first().timestampMillis(),
                                    summary.last().timestampMillis() + 1))
                    && isUsable.test(summary);
        }
    }

    private WeekPlan(long fromMillis, long toMillis, Rules rules) {
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.rules = rules;
    }

    /**
     * The steps.
     *
     * @param fromMillis the start of the range, within the week
     * @param toMillis its end
     * @param packs the valid packs by the starts of their spans. Readings of a span are within its six hours
     * @param found the summaries of all packs of the sensor, in order of time for each pack
     */
    static List<Step> of(long fromMillis, long toMillis, Map<Long, UUID> packs, List<Found> found, Rules rules) {
        WeekPlan plan = new WeekPlan(fromMillis, toMillis, rules);
        int at = 0;
        for (long span = Span.startOf(fromMillis); span < toMillis; span += Span.MILLIS) {
            while (at < found.size() && found.get(at).spanMillis() < span) {
                at++;
            }
            int first = at;
            while (at < found.size() && found.get(at).spanMillis() == span) {
                at++;
            }
            UUID pack = packs.get(span);
            Optional<List<SegmentSummary>> summaries =
                    pack == null ? Optional.empty() : decoded(span, pack, found.subList(first, at));
            if (summaries.isPresent()) {
                summaries.get().forEach(plan::add);
            } else {
                plan.addGap(span, span + Span.MILLIS);
            }
        }
        return plan.steps;
    }

    /** All summaries of a span; empty if one cannot be read. */
    private static Optional<List<SegmentSummary>> decoded(long span, UUID pack, List<Found> ofSpan) {
        List<SegmentSummary> summaries = new ArrayList<>();
        for (Found found : ofSpan) {
            if (found.pack().equals(pack)) {
                try {
                    summaries.addAll(SegmentSummary.decode(found.bytes()));
                } catch (DamagedSegmentException | UnsupportedSegmentVersionException e) {
                    DAMAGED.say("A summary of history is damaged, its span is read: span=%d pack=%s: %s"
                            .formatted(span, pack, e.getMessage()));
                    return Optional.empty();
                }
            }
        }
        return Optional.of(summaries);
    }

    private void add(SegmentSummary summary) {
        long first = summary.first().timestampMillis();
        long last = summary.last().timestampMillis();
        if (last < fromMillis || first >= toMillis) {
            return;
        }
        if (first < fromMillis || last >= toMillis || !rules.allow(summary)) {
            addGap(first, last + 1);
        } else if (!steps.isEmpty() && steps.get(steps.size() - 1) instanceof Summaries before) {
            before.summaries().add(summary);
        } else {
            List<ReadingsSummary> summaries = new ArrayList<>();
            summaries.add(summary);
            steps.add(new Summaries(summaries));
        }
    }

    /** Adjacent gaps become one range: between them is no reading. */
    private void addGap(long gapFrom, long gapTo) {
        long start = Math.max(gapFrom, fromMillis);
        long end = Math.min(gapTo, toMillis);
        if (!steps.isEmpty() && steps.get(steps.size() - 1) instanceof Gap before) {
            steps.set(steps.size() - 1, new Gap(before.fromMillis(), end));
        } else {
            steps.add(new Gap(start, end));
        }
    }
}
