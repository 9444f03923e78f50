package io.telltale.packing;

import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Spans that cannot be packed because of their content, with the marks they had. Another attempt makes sense after the
 * marks have changed, or after a day: readings expire, and marks may be lost. Forgotten at a restart.
 */
final class UnpackableSpans {

    /** The most spans that are remembered; others are tried in each pass. */
    static final int MAX = 10_000;

    static final Duration RETRY = Duration.ofDays(1);

    private final Clock clock;
    private final Map<Span, Attempt> attempts = new HashMap<>();
    private long sealed;

    /** A failed attempt. Marks have no order. */
    private record Attempt(Set<Mark> marks, boolean isSealed, long millis) {

        boolean isOver(long nowMillis) {
            return nowMillis < millis || nowMillis - millis >= RETRY.toMillis();
        }
    }

    UnpackableSpans(Clock clock) {
        this.clock = clock;
    }

    /** Remembers a failed attempt. */
    void add(Span span, SpanMarks seen, boolean isSealed) {
        long now = clock.millis();
        if (attempts.size() >= MAX) {
            List<Span> over = attempts.entrySet().stream()
                    .filter(attempt -> attempt.getValue().isOver(now))
                    .map(Map.Entry::getKey)
                    .toList();
            over.forEach(this::remove);
        }
        remove(span);
        if (attempts.size() < MAX) {
            attempts.put(span, new Attempt(Set.copyOf(seen.current()), isSealed, now));
            sealed += isSealed ? 1 : 0;
        }
    }

    void remove(Span span) {
        Attempt removed = attempts.remove(span);
        sealed -= removed != null && removed.isSealed() ? 1 : 0;
    }

    /** Whether another attempt would fail as the last one did. */
    boolean contains(Span span, SpanMarks marks) {
        Attempt last = attempts.get(span);
        return last != null && !last.isOver(clock.millis()) && last.marks().equals(Set.copyOf(marks.current()));
    }

    /** The spans that have sealed values. */
    long sealed() {
        return sealed;
    }
}
