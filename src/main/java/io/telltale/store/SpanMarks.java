package io.telltale.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * The marks of a span, as they were read in one request. They decide whether history may replace rows, and whether the
 * span must be packed. See decision 0085.
 */
public record SpanMarks(List<Mark> marks) {

    /** A span without marks: it was never packed. */
    public static final SpanMarks NONE = new SpanMarks(List.of());

    /** A replica that writes renews its mark within minutes. An older one is of a replica that crashed. */
    static final Duration ABANDONED = Duration.ofHours(6);

    /** Late readings are packed together after a quiet time: a tenth of the span's age, within these bounds. */
    static final Duration MIN_QUIET = Duration.ofMinutes(15);

    static final Duration MAX_QUIET = Duration.ofDays(1);

    /** What a mark says. The numbers are stored. */
    public enum State {
        /** A replica may be writing rows of the span. */
        WRITING(0),
        /** A replica has written rows, all of them before this mark. */
        LATE(1),
        /** A pack is complete: it was read back. The number 2 was that of packs without summaries. */
        PACKED(4),
        /** A pack is replaced by a later one, and can be removed. */
        REPLACED(3),
        /** A mark of a later version. Whatever it says, rows are right. Never stored. */
        UNKNOWN(-1);

        final int number;

        State(int number) {
            this.number = number;
        }

        static State of(int number) {
            return Arrays.stream(values())
                    .filter(state -> state.number == number)
                    .findFirst()
                    .orElse(UNKNOWN);
        }
    }

    /**
     * One mark.
     *
     * @param id the replica of WRITING and LATE, else the pack
     * @param writtenMicros its write timestamp
     */
    public record Mark(UUID id, State state, long writtenMicros) {

        /** The mark that the pack of this one is replaced; wins whatever another machine's clock says. */
        public Mark replaced() {
            return new Mark(id, State.REPLACED, writtenMicros + 1);
        }

        boolean isOlderThan(Duration age, long nowMillis) {
            return TimeUnit.MICROSECONDS.toMillis(writtenMicros) + age.toMillis() < nowMillis;
        }
    }

    /** The pack to read instead of rows; empty if rows must be read. */
    public Optional<UUID> pack() {
        List<Mark> current = current();
        return current.size() == 1 && current.get(0).state() == State.PACKED
                ? Optional.of(current.get(0).id())
                : Optional.empty();
    }

    /** Whether the span is not packed, or was changed since. */
    public boolean isUnpacked() {
        return pack().isEmpty();
    }

    /**
     * Whether a span can be packed now: no replica writes to it, and none has just written. The older it is, the longer
     * it must be quiet. Otherwise a few late readings now and then would have it packed as often.
     */
    public boolean isPackable(Span span, long nowMillis) {
        long tenth = (nowMillis - span.endMillis()) / 10;
        Duration quiet = Duration.ofMillis(Math.max(MIN_QUIET.toMillis(), Math.min(MAX_QUIET.toMillis(), tenth)));
        return isUnpacked()
                && marks.stream().allMatch(mark -> switch (mark.state()) {
                    case WRITING -> mark.isOlderThan(ABANDONED, nowMillis);
                    case LATE -> mark.isOlderThan(quiet, nowMillis);
                    case PACKED, REPLACED -> true;
                    case UNKNOWN -> false;
                });
    }

    /** Whether it has packs that no read uses, because rows were written after them. */
    public boolean isOutdated() {
        return !packs().isEmpty()
                && marks.stream().anyMatch(mark -> mark.state() == State.WRITING || mark.state() == State.LATE);
    }

    /** The marks without those of replaced packs. They change when rows do. */
    public List<Mark> current() {
        return marks.stream().filter(mark -> mark.state() != State.REPLACED).toList();
    }

    /** The packs that are complete and not replaced; usually one at most. */
    public List<Mark> packs() {
        return marks.stream().filter(mark -> mark.state() == State.PACKED).toList();
    }

    /** The packs that were replaced. */
    public List<Mark> replaced() {
        return marks.stream().filter(mark -> mark.state() == State.REPLACED).toList();
    }
}
