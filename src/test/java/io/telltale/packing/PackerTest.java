package io.telltale.packing;

import static io.telltale.packing.MemoryTables.sensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.Value;
import io.telltale.store.Layout;
import io.telltale.store.PackableReading;
import io.telltale.store.PackingConfig;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.UnavailableStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackerTest {

    /** The start of a week of the bucket index, and of a span. */
    private static final long START = Instant.parse("2026-01-29T00:00:00Z").toEpochMilli();

    private static final long HOUR = Duration.ofHours(1).toMillis();

    private final MemoryTables tables = new MemoryTables();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private long nanos;
    private boolean isEnabled;
    private Duration interval = Duration.ofMinutes(5);
    private Duration after = Duration.ofHours(2);

    PackerTest() {
        tables.put(new PackableReading(sensor(1), START, new Value.Numeric(1), 1, 1, 1, SegmentReading.NEVER));
    }

    @Test
    void packsASpanOnlyWhenItHasEndedForSomeTime() {
        packer(START + 8 * HOUR - 1).packAll();
        assertThat(tables.current().marks()).isEmpty();
        packer(START + 8 * HOUR).packAll();
        assertThat(tables.current().pack()).isPresent();
        assertThat(registry.get("telltale.packing.unpacked").gauge().value()).isZero();
        assertThat(registry.get("telltale.packing.readings").counter().count()).isEqualTo(1);
    }

    @Test
    void removesAReplacedPackAfterSomeTime() {
        packer(START + 8 * HOUR).packAll();
        UUID first = tables.current().pack().orElseThrow();
        tables.put(tables.nextMark(UUID.randomUUID(), State.LATE));
        Packer packer = packer(START + 9 * HOUR);
        packer.packAll();
        UUID second = tables.current().pack().orElseThrow();
        for (long minutes : new long[] {0, 10}) {
            nanos = Duration.ofMinutes(minutes).toNanos();
            packer.packAll();
            assertThat(tables.history).containsOnlyKeys(first, second);
        }
        nanos++;
        packer.packAll();
        assertThat(tables.history).containsOnlyKeys(second);
        assertThat(tables.current().marks()).hasSize(1);
    }

    /** A replica's clock may be behind, and a request may reach a quorum late: by a hint, or from a frozen packer. */
    @Test
    void theTimestampOfAMarkRemovesNothing() {
        packer(START + 8 * HOUR).packAll();
        Mark first = tables.current().marks().get(0);
        tables.put(new Mark(first.id(), State.REPLACED, first.writtenMicros() + 1));
        Packer packer = packer(START + 24 * HOUR);
        packer.packAll();
        UUID second = tables.current().pack().orElseThrow();
        assertThat(tables.history)
                .as("a read may have seen the first pack just now")
                .containsOnlyKeys(first.id(), second);
        nanos = RemovalDelays.DELAY.toNanos() + 1;
        packer.packAll();
        assertThat(tables.history).containsOnlyKeys(second);
    }

    @Test
    void anOldSpanGathersLateReadingsForLongerAndItsPackGoes() {
        packer(START + 8 * HOUR).packAll();
        UUID first = tables.current().pack().orElseThrow();
        long written = START + (6 + 100) * HOUR;
        tables.nowMillis = written;
        tables.put(tables.nextMark(UUID.randomUUID(), State.LATE));
        Packer packer = packer(written + HOUR);
        packer.packAll();
        assertThat(tables.current().packs()).isEmpty();
        packer.packAll();
        nanos = RemovalDelays.DELAY.toNanos() + 1;
        packer.packAll();
        assertThat(tables.history)
                .as("deleted readings do not wait for the next pack")
                .isEmpty();
        packer(written + 11 * HOUR).packAll();
        assertThat(tables.current().pack()).as("ten hours after the last mark").isEmpty();
        packer(written + 13 * HOUR).packAll();
        assertThat(tables.current().pack()).isPresent().isNotEqualTo(Optional.of(first));
    }

    @Test
    void lateReadingsAreGatheredForADayAtMost() {
        SpanMarks marks = new SpanMarks(List.of(new Mark(UUID.randomUUID(), State.LATE, 0)));
        Span old = new Span(MemoryTables.TYPE, 0, -10_000 * HOUR);
        assertThat(marks.isPackable(old, 24 * HOUR)).isFalse();
        assertThat(marks.isPackable(old, 24 * HOUR + 1)).isTrue();
    }

    @Test
    void removesReplacedPacksOfATypeThatIsNotPackedAnyMore() {
        packer(START + 8 * HOUR).packAll();
        tables.isPackable = false;
        tables.put(tables.current().marks().get(0).replaced());
        Packer packer = packer(START + 24 * HOUR);
        packer.packAll();
        nanos = RemovalDelays.DELAY.toNanos() + 1;
        packer.packAll();
        assertThat(tables.history).isEmpty();
        assertThat(tables.current().marks()).isEmpty();
    }

    @Test
    void packsThatWaitTakeBoundedMemory() {
        RemovalDelays<UUID> packs = new RemovalDelays<>(() -> nanos);
        List<UUID> all =
                Stream.generate(UUID::randomUUID).limit(RemovalDelays.MAX + 1).toList();
        packs.nextPass();
        assertThat(all).noneMatch(packs::isUnused);
        packs.nextPass();
        nanos = RemovalDelays.DELAY.toNanos() + 1;
        assertThat(all.stream().filter(packs::isUnused)).hasSize(RemovalDelays.MAX);
        packs.nextPass();
        packs.nextPass();
        assertThat(packs.isUnused(all.get(0))).as("forgotten").isFalse();
    }

    @Test
    void reportsWhatItCannotPack() {
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("readBack")) {
                throw new IllegalStateException("no answer");
            }
        };
        packer(START + 8 * HOUR).packAll();
        assertThat(registry.get("telltale.packing.failures").counter().count()).isEqualTo(1);
        assertThat(registry.get("telltale.packing.unpacked").gauge().value()).isEqualTo(1);
    }

    @Test
    void aWeekThatFailsDoesNotStopTheOthers() {
        for (int week = 0; week < Packer.MAX_FAILURES_IN_A_ROW; week++) {
            tables.put(new PackableReading(
                    sensor(1), START + week * Layout.WEEK_MILLIS, new Value.Numeric(1), 1, 1, 1, SegmentReading.NEVER));
        }
        int[] reads = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("marks") && isBefore && reads[0]++ == 0) {
                throw UnavailableStore.failure();
            }
        };
        assertThat(packer(START + 8 * HOUR).packAll()).as("it is repeated soon").isFalse();
        assertThat(reads[0]).isGreaterThanOrEqualTo(Packer.MAX_FAILURES_IN_A_ROW);
        assertThat(failures()).isEqualTo(1);
        reads[0] = 0;
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("marks")) {
                reads[0]++;
                throw UnavailableStore.failure();
            }
        };
        tables.put(new PackableReading(
                sensor(1), START - Layout.WEEK_MILLIS, new Value.Numeric(1), 1, 1, 1, SegmentReading.NEVER));
        assertThat(packer(START + 8 * HOUR).packAll()).isFalse();
        assertThat(reads[0]).as("in an outage").isEqualTo(Packer.MAX_FAILURES_IN_A_ROW);
    }

    private double failures() {
        return registry.get("telltale.packing.failures").counter().count();
    }

    @Test
    void waitsUntilCassandraIsReachedAndStops() {
        CountDownLatch asked = new CountDownLatch(2);
        tables.isReady = () -> {
            asked.countDown();
            return false;
        };
        isEnabled = true;
        Packer packer = packer(START + 8 * HOUR);
        packer.start(new StartupEvent());
        Awaitility.await().until(() -> asked.getCount() == 0);
        assertThatCode(() -> packer.stop(new ShutdownEvent())).doesNotThrowAnyException();
        assertThat(failures()).isZero();
    }

    @Test
    void anErrorDoesNotEndTheThread() {
        CountDownLatch passes = new CountDownLatch(2);
        tables.isReady = () -> {
            passes.countDown();
            throw new StackOverflowError("on purpose");
        };
        isEnabled = true;
        interval = Duration.ofSeconds(1);
        Packer packer = packer(START + 8 * HOUR);
        packer.start(new StartupEvent());
        Awaitility.await().until(() -> passes.getCount() == 0);
        assertThatCode(() -> packer.stop(new ShutdownEvent())).doesNotThrowAnyException();
        assertThat(failures()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {74, 7 * 24 * 60 + 1})
    void rejectsASpanThatIsPackedTooEarlyOrTooLate(long minutes) {
        after = Duration.ofMinutes(minutes);
        assertThatThrownBy(() -> packer(START)).hasMessageContaining("telltale.storage.packing.after");
    }

    @Test
    void packsNothingAtLevelsThatMayMissEachOther() {
        tables.isPackable = false;
        packer(START + 8 * HOUR).packAll();
        assertThat(tables.current().marks()).isEmpty();
    }

    private Packer packer(long nowMillis) {
        tables.nowMillis = nowMillis;
        PackingConfig config = new PackingConfig() {
            @Override
            public boolean enabled() {
                return isEnabled;
            }

            @Override
            public Duration after() {
                return after;
            }

            @Override
            public Duration interval() {
                return interval;
            }

            @Override
            public int rate() {
                return 10_000_000;
            }
        };
        return new Packer(
                tables,
                new PackingMetrics(registry),
                config,
                Clock.fixed(Instant.ofEpochMilli(nowMillis), ZoneOffset.UTC),
                () -> nanos);
    }
}
