package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.sensors.SensorType;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LateWritesTest {

    private static final SensorType TYPE = new SensorType("late-test");
    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final ReadingPartition PARTITION = new ReadingPartition(TYPE, 0, START);
    private static final long LATE = START + Span.MILLIS + LateWrites.LATE.toMillis();

    private long nowMillis = LATE;

    private final Clock clock = new SuppliedClock(() -> nowMillis);

    private final List<String> events = new ArrayList<>();
    private final List<Mark> written = new ArrayList<>();
    private final Deque<UniEmitter<? super Void>> pending = new ArrayDeque<>();
    private boolean isPending;
    private boolean isFailing;

    private final HistoryMarks marks = new HistoryMarks(PackingFixture.disconnected(), clock) {
        @Override
        Uni<Void> put(Span span, Mark mark) {
            return Uni.createFrom()
                    .voidItem()
                    .invoke(() -> {
                        if (isFailing) {
                            throw new IllegalStateException("no answer");
                        }
                        events.add(mark.state().name());
                        written.add(mark);
                    })
                    .chain(() -> isPending
                            ? Uni.createFrom().<Void>emitter(pending::add)
                            : Uni.createFrom().voidItem());
        }
    };

    private final LateWrites lateWrites = new LateWrites(marks, clock);

    @Test
    void anOpenSpanNeedsNoMark() {
        nowMillis = LATE - 1;
        write();
        assertThat(events).containsExactly("rows");
    }

    @Test
    void theMarkComesBeforeTheRowsAndServesManyWrites() {
        write();
        write();
        assertThat(events).containsExactly("WRITING", "rows", "rows");
        lateWrites.endIdle(Duration.ofMinutes(1));
        assertThat(events).hasSize(3);
        lateWrites.endIdle(Duration.ZERO);
        write();
        assertThat(events).containsExactly("WRITING", "rows", "rows", "LATE", "WRITING", "rows");
        assertThat(written).extracting(Mark::writtenMicros).isSorted().doesNotHaveDuplicates();
        assertThat(written).extracting(Mark::id).containsOnly(written.get(0).id());
    }

    @Test
    void aWriteThatBecomesLateIsMarkedBeforeItIsAcknowledged() {
        nowMillis = LATE - 1;
        await(lateWrites.around(PARTITION, () -> rows(1)));
        assertThat(events).containsExactly("rows", "WRITING");
    }

    @Test
    void aWriteThatTookTooLongIsMarkedAgain() {
        await(lateWrites.around(PARTITION, () -> rows(Duration.ofMinutes(31).toMillis())));
        assertThat(events).containsExactly("WRITING", "rows", "WRITING");
    }

    @Test
    void aMarkIsRenewed() {
        write();
        nowMillis += Duration.ofMinutes(6).toMillis();
        write();
        assertThat(events).containsExactly("WRITING", "rows", "WRITING", "rows");
    }

    @Test
    void aMarkDoesNotEndWhileRowsAreWritten() {
        await(lateWrites.around(PARTITION, () -> rows(0).invoke(() -> lateWrites.endIdle(Duration.ZERO))));
        assertThat(events).containsExactly("WRITING", "rows");
        lateWrites.endIdle(Duration.ZERO);
        assertThat(events).containsExactly("WRITING", "rows", "LATE");
    }

    @Test
    void withoutAMarkNothingIsWritten() {
        isFailing = true;
        assertThatThrownBy(this::write).hasMessage("no answer");
        assertThat(events).isEmpty();
        isFailing = false;
        write();
        assertThat(events).containsExactly("WRITING", "rows");
    }

    @Test
    void fewMarksAreEndedAtATime() {
        int spans = 3 * LateWrites.MAX_ENDING + 1;
        for (int shard = 0; shard < spans; shard++) {
            await(lateWrites.around(new ReadingPartition(TYPE, shard, START), () -> rows(0)));
        }
        written.clear();
        isPending = true;
        lateWrites.endIdle(Duration.ZERO);
        assertThat(pending).hasSize(LateWrites.MAX_ENDING);
        while (!pending.isEmpty()) {
            pending.remove().complete(null);
            assertThat(pending).hasSizeLessThanOrEqualTo(LateWrites.MAX_ENDING);
        }
        assertThat(written).hasSize(spans).extracting(Mark::state).containsOnly(State.LATE);
    }

    @Test
    void changedRowsAreMarkedAfterwards() {
        write();
        await(lateWrites.changed(Span.of(PARTITION)));
        assertThat(events).containsExactly("WRITING", "rows", "WRITING");
        lateWrites.endIdle(Duration.ZERO);
        assertThat(events.get(3)).isEqualTo("LATE");
    }

    @Test
    void onlyOnePackWithoutWritersIsRead() {
        Mark pack = new Mark(new UUID(1, 1), State.PACKED, 1);
        assertThat(new SpanMarks(List.of(pack)).pack()).contains(pack.id());
        assertThat(new SpanMarks(List.of(pack, mark(State.REPLACED))).pack()).contains(pack.id());
        for (State state : Arrays.asList(State.WRITING, State.LATE, State.PACKED, State.UNKNOWN)) {
            assertThat(new SpanMarks(List.of(pack, mark(state))).pack()).isEmpty();
        }
        assertThat(SpanMarks.NONE.pack()).isEmpty();
    }

    @Test
    void aMarkOfALaterVersionIsLeftAlone() {
        assertThat(State.of(2)).isEqualTo(State.UNKNOWN);
        assertThat(State.of(4)).isEqualTo(State.PACKED);
        SpanMarks marks = new SpanMarks(List.of(mark(State.UNKNOWN)));
        assertThat(marks.isPackable(
                        Span.of(PARTITION), START + Duration.ofDays(9).toMillis()))
                .isFalse();
        Mark pack = new Mark(new UUID(1, 1), State.PACKED, 1);
        assertThat(new SpanMarks(List.of(pack, mark(State.UNKNOWN))).isOutdated())
                .isFalse();
        assertThat(new SpanMarks(List.of(pack, mark(State.LATE))).isOutdated()).isTrue();
    }

    private static Mark mark(State state) {
        return new Mark(new UUID(2, 2), state, 1);
    }

    @Test
    void aSpanHasTheBucketsThatStartWithinIt() {
        long hour = 3_600_000;
        Layout layout = new Layout(
                TYPE,
                List.of(
                        new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 2, 2 * hour),
                        new Layout.Version(2, START + 2 * hour, 1, hour),
                        new Layout.Version(3, START + 18 * hour, 1, 24 * hour)));
        assertThat(new Span(TYPE, 0, START).partitions(layout))
                .extracting(partition -> (partition.bucketStartMillis() - START) / hour)
                .containsExactly(0L, 2L, 3L, 4L, 5L);
        assertThat(new Span(TYPE, 1, START).partitions(layout)).containsExactly(new ReadingPartition(TYPE, 1, START));
        assertThat(new Span(TYPE, 0, START + 6 * hour).lastEndMillis(layout)).isEqualTo(START + 12 * hour);
        Span inLongBucket = new Span(TYPE, 0, START + 42 * hour);
        assertThat(inLongBucket.partitions(layout)).containsExactly(new ReadingPartition(TYPE, 0, START + 42 * hour));
        assertThat(inLongBucket.lastEndMillis(layout)).isEqualTo(START + 66 * hour);
        assertThat(new Span(TYPE, 0, START + 36 * hour).partitions(layout)).isEmpty();
    }

    private void write() {
        await(lateWrites.around(PARTITION, () -> rows(0)));
    }

    private Uni<Void> rows(long takesMillis) {
        return Uni.createFrom().voidItem().invoke(() -> {
            events.add("rows");
            nowMillis += takesMillis;
        });
    }

    private static void await(Uni<Void> work) {
        work.await().atMost(Duration.ofSeconds(10));
    }
}
