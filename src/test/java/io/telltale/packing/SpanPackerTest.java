package io.telltale.packing;

import static io.telltale.packing.MemoryTables.TYPE;
import static io.telltale.packing.MemoryTables.sensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Segment;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.Value;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.StoreUnavailableException;
import io.telltale.store.UnavailableStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packing against tables in memory: failures at each step, and whatever else may happen between two steps. */
class SpanPackerTest {

    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final Span SPAN = new Span(TYPE, 0, START);

    private final MemoryTables tables = new MemoryTables();
    private final PackerWaits waits = new PackerWaits();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final PackingMetrics metrics = new PackingMetrics(registry);

    private final Clock clock = new SuppliedClock(() -> tables.nowMillis);

    private final SpanPacker packer =
            new SpanPacker(tables, waits, new Pace(10_000_000, System::nanoTime), metrics, clock);

    private final RemovalDelays<UUID> replacedPacks =
            new RemovalDelays<>(() -> Duration.ofMillis(tables.nowMillis).toNanos());

    SpanPackerTest() {
        tables.nowMillis = START + 8 * HOUR;
    }

    @Test
    void packsEachSensorOfASpanInOrderOfTime() {
        writeHours(3);
        assertThat(pack()).isTrue();
        assertThat(tables.current().pack()).isPresent();
        assertThat(packed()).isEqualTo(rows()).hasSize(3 * 6 * 5);
        tables.history.values().stream().flatMap(List::stream).forEach(segment -> {
            assertThat(segment.ttlSeconds()).isZero();
            assertThat(Segment.open(segment.segment()).count()).isEqualTo(6 * 5);
        });
    }

    @Test
    void packsASpanWithoutReadings() {
        assertThat(pack()).isTrue();
        assertThat(tables.current().pack()).isPresent();
        assertThat(packed()).isEmpty();
    }

    @Test
    void leavesAPackedSpanAndOneThatIsWritten() {
        writeHours(1);
        assertThat(pack()).isTrue();
        assertThat(pack()).isFalse();
        UUID replica = UUID.randomUUID();
        tables.put(tables.nextMark(replica, State.WRITING));
        assertThat(pack()).isFalse();
        tables.put(tables.nextMark(replica, State.LATE));
        assertThat(pack()).as("late readings are batched").isFalse();
        tables.nowMillis += Duration.ofMinutes(16).toMillis();
        assertThat(pack()).isTrue();
        assertThat(tables.current().marks())
                .extracting(Mark::state)
                .containsExactlyInAnyOrder(State.PACKED, State.REPLACED);
    }

    @Test
    void packsAgainAfterAReplicaCrashedWhileItWrote() {
        writeHours(1);
        tables.put(tables.nextMark(UUID.randomUUID(), State.WRITING));
        assertThat(pack()).isFalse();
        tables.nowMillis += 7 * HOUR;
        assertThat(pack()).isTrue();
        assertThat(tables.current().pack()).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"marks,true", "rows,true", "write,true", "write,false", "readBack,true"})
    void aFailureBeforeTheMarkLeavesNothing(String operation, boolean isBefore) {
        writeHours(2);
        failOnce(operation, isBefore);
        assertThatThrownBy(this::pack).isInstanceOf(StoreUnavailableException.class);
        assertThat(tables.current().marks()).isEmpty();
        assertThat(tables.history).isEmpty();
        assertThat(pack()).isTrue();
        assertThat(packed()).isEqualTo(rows());
    }

    @Test
    void aSealedRowReplacesThePacksByNone() {
        writeHours(1);
        assertThat(pack()).isTrue();
        UUID replica = UUID.randomUUID();
        seal(replica);
        tables.nowMillis += HOUR;
        assertThat(pack()).isFalse();
        assertThat(tables.current().packs()).isEmpty();
        assertThat(tables.current().current())
                .as("the marks of writers stay: another packer may complete a pack without this row")
                .extracting(Mark::state)
                .containsExactly(State.LATE, State.LATE);
        assertThat(tables.current().current()).extracting(Mark::id).contains(replica);
        removeReplaced();
        tables.nowMillis += HOUR;
        removeReplaced();
        assertThat(tables.history).isEmpty();
        assertThat(tables.current().replaced()).isEmpty();
    }

    @Test
    void aPackerThatWakesAfterAPackWasReplacedByNoneHidesNothing() {
        writeHours(1);
        boolean[] isFrozen = {false};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("complete") && isBefore && !isFrozen[0]) {
                isFrozen[0] = true;
                UUID writer = UUID.randomUUID();
                tables.put(tables.nextMark(writer, State.WRITING));
                tables.put(reading(0, START + 7, 2, 99));
                tables.put(tables.nextMark(writer, State.LATE));
                tables.nowMillis += HOUR;
                assertThat(pack()).as("another packer").isTrue();
                seal(UUID.randomUUID());
                tables.nowMillis += HOUR;
                assertThat(pack()).isFalse();
            }
        };
        assertThat(pack()).isTrue();
        assertThat(tables.current().pack()).as("rows are read").isEmpty();
    }

    /** Writes a sealed row under a mark. */
    private void seal(UUID writer) {
        tables.put(tables.nextMark(writer, State.WRITING));
        tables.put(reading(0, START + 8, 2, 0));
        tables.sealed.add(new MemoryTables.RowKey(sensor(0).value(), START + 8));
        tables.put(tables.nextMark(writer, State.LATE));
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aMarkIsTriedAgain(boolean isBefore) {
        writeHours(1);
        failOnce("complete", isBefore);
        assertThat(pack()).isTrue();
        assertThat(tables.current().marks()).hasSize(1);
        assertThat(packed()).isEqualTo(rows());
    }

    @Test
    void segmentsThatAreReadBackOtherwiseAreNotMarked() {
        writeHours(2);
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("readBack") && isBefore) {
                tables.history.values().forEach(segments -> {
                    PackedSegment first = segments.get(0);
                    byte[] damaged = first.segment().clone();
                    damaged[damaged.length - 1] ^= 1;
                    segments.set(
                            0, new PackedSegment(first.sensorId(), first.startMillis(), damaged, first.summary(), 0));
                });
            }
        };
        assertThatThrownBy(this::pack).isInstanceOf(PackingException.class).hasMessageContaining("stays unpacked");
        assertThat(tables.current().marks()).isEmpty();
        assertThat(tables.history).isEmpty();
        assertThat(packer.isDue(SPAN, tables.current())).as("at once").isFalse();
    }

    @Test
    void aSealedSpanIsTriedAgainOnlyAfterAChangeOrADay() {
        seal(UUID.randomUUID());
        tables.nowMillis += HOUR;
        List<String> operations = new ArrayList<>();
        tables.hook = (operation, isBefore) -> operations.add(operation);
        assertThat(pack()).isFalse();
        assertThat(operations).as("nothing is written").containsOnly("lease", "marks", "rows");
        assertThat(sealed()).isEqualTo(1);
        operations.clear();
        assertThat(packer.isDue(SPAN, tables.current())).isFalse();
        assertThat(pack()).isFalse();
        assertThat(operations).containsOnly("lease", "marks");

        tables.put(tables.nextMark(UUID.randomUUID(), State.LATE));
        tables.nowMillis += HOUR;
        assertThat(packer.isDue(SPAN, tables.current()))
                .as("marks have changed")
                .isTrue();
        assertThat(pack()).isFalse();
        assertThat(packer.isDue(SPAN, tables.current())).isFalse();

        tables.nowMillis += UnpackableSpans.RETRY.toMillis();
        tables.sealed.clear();
        assertThat(pack()).isTrue();
        assertThat(sealed()).isZero();
    }

    @Test
    void aFailedAttemptTakesTimeToo() {
        seal(UUID.randomUUID());
        tables.nowMillis += HOUR;
        List<Integer> paced = new ArrayList<>();
        Pace pace = new Pace(10_000_000, System::nanoTime) {
            @Override
            Duration after(int readings) {
                paced.add(readings);
                return Duration.ZERO;
            }
        };
        assertThat(new SpanPacker(tables, waits, pace, metrics, clock).pack(SPAN, tables.layout()))
                .isFalse();
        assertThat(paced).hasSize(1).allMatch(rows -> rows > 0);
    }

    @Test
    void unpackableSpansTakeBoundedMemory() {
        UnpackableSpans spans = new UnpackableSpans(clock);
        for (int shard = 0; shard <= UnpackableSpans.MAX; shard++) {
            spans.add(new Span(TYPE, shard, START), SpanMarks.NONE, true);
        }
        assertThat(spans.sealed()).isEqualTo(UnpackableSpans.MAX);
        assertThat(spans.contains(SPAN, SpanMarks.NONE)).isTrue();
        tables.nowMillis += UnpackableSpans.RETRY.toMillis();
        assertThat(spans.contains(SPAN, SpanMarks.NONE)).isFalse();
        spans.add(SPAN, SpanMarks.NONE, false);
        assertThat(spans.sealed()).isZero();
    }

    private double sealed() {
        return registry.get("telltale.packing.sealed").gauge().value();
    }

    @Test
    void stopsBetweenTwoRequests() {
        writeHours(2);
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("rows") && !isBefore) {
                waits.stop();
            }
        };
        assertThatThrownBy(this::pack).isInstanceOf(CancellationException.class);
        assertThat(tables.current().marks()).isEmpty();
    }

    @Test
    void removesAnUnfinishedPackWhenItStops() {
        writeHours(2);
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("write") && !isBefore) {
                assertThat(tables.history).hasSize(1);
                waits.stop();
                Thread.currentThread().interrupt();
            }
        };
        assertThatThrownBy(this::pack).isInstanceOf(RuntimeException.class);
        assertThat(tables.history).isEmpty();
        assertThat(tables.current().marks()).isEmpty();
    }

    /** Such as a stack that overflows. The next pass would meet it again, and not reach the spans behind this one. */
    @Test
    void anErrorLeavesNothingAndIsNotRepeatedAtOnce() {
        writeHours(2);
        Clock overflowing = new SuppliedClock(() -> {
            if (!tables.history.isEmpty()) {
                throw new StackOverflowError();
            }
            return tables.nowMillis;
        });
        SpanPacker failing =
                new SpanPacker(tables, waits, new Pace(10_000_000, System::nanoTime), metrics, overflowing);
        assertThatThrownBy(() -> failing.pack(SPAN, tables.layout())).isInstanceOf(StackOverflowError.class);
        assertThat(tables.history).isEmpty();
        assertThat(tables.current().marks()).isEmpty();
        assertThat(failing.isDue(SPAN, tables.current())).isFalse();
    }

    @Test
    void aPackerThatWakesLateHidesNothing() {
        writeHours(1);
        boolean[] isFrozen = {false};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("complete") && isBefore && !isFrozen[0]) {
                isFrozen[0] = true;
                UUID replica = UUID.randomUUID();
                tables.put(tables.nextMark(replica, State.WRITING));
                tables.put(reading(0, START + 7, 2, 99));
                tables.put(tables.nextMark(replica, State.LATE));
                tables.nowMillis += HOUR;
                assertThat(pack()).as("another packer").isTrue();
                assertThat(packed()).isEqualTo(rows());
            }
        };
        assertThat(pack()).isTrue();
        assertThat(tables.current().pack()).as("two packs: rows are read").isEmpty();
        tables.hook = (operation, isBefore) -> {};
        assertThat(pack()).isTrue();
        assertThat(tables.current().pack()).isPresent();
        assertThat(packed()).isEqualTo(rows());
    }

    @Test
    void aReplicaKeepsItsLeaseHoweverLongItPacks() {
        writeHours(2);
        long start = tables.nowMillis;
        beside(operation -> {
            if (operation.equals("rows")) {
                tables.nowMillis += Duration.ofMinutes(4).toMillis();
                assertThat(pack()).as("another replica").isFalse();
            }
        });
        assertThat(pack()).isTrue();
        assertThat(tables.nowMillis - start).isGreaterThan(2 * Lease.DURATION.toMillis());
        assertThat(tables.history).hasSize(1);
    }

    @Test
    void aReplicaThatHasLostItsLeaseStops() {
        writeHours(2);
        beside(operation -> {
            if (operation.equals("readBack")) {
                tables.nowMillis += Lease.DURATION.toMillis();
                assertThat(pack()).as("another replica").isTrue();
            }
        });
        assertThat(pack()).isFalse();
        assertThat(tables.current().pack()).isPresent();
        assertThat(tables.history).hasSize(1);
        assertThat(packed()).isEqualTo(rows());
    }

    /** Runs something as another replica after each operation of this one. */
    private void beside(Consumer<String> action) {
        UUID replica = tables.replica;
        UUID other = UUID.randomUUID();
        tables.hook = (operation, isBefore) -> {
            if (!isBefore && tables.replica.equals(replica)) {
                tables.replica = other;
                action.accept(operation);
                tables.replica = replica;
            }
        };
    }

    /** As the packer does, also with failures. */
    private void removeReplaced() {
        replacedPacks.nextPass();
        for (Mark mark : tables.current().replaced()) {
            if (!replacedPacks.isUnused(mark.id())) {
                continue;
            }
            try {
                waits.get(tables.remove(SPAN, mark));
                waits.get(tables.forget(SPAN, mark));
            } catch (StoreUnavailableException e) {
                // The next attempt may succeed.
            }
        }
    }

    private void failOnce(String operation, boolean isBefore) {
        boolean[] hasFailed = {false};
        tables.hook = (at, before) -> {
            if (at.equals(operation) && before == isBefore && !hasFailed[0]) {
                hasFailed[0] = true;
                throw UnavailableStore.failure();
            }
        };
    }

    private boolean pack() {
        return packer.pack(SPAN, tables.layout());
    }

    private void writeHours(int sensors) {
        for (int sensor = 0; sensor < sensors; sensor++) {
            for (int hour = 0; hour < 6; hour++) {
                for (int i = 0; i < 5; i++) {
                    tables.put(reading(sensor, START + hour * HOUR + i * 1_000L, 1, i));
                }
            }
        }
    }

    static PackableReading reading(int sensor, long millis, long recordTime, double value) {
        return new PackableReading(
                sensor(sensor), millis, new Value.Numeric(value), recordTime, 17, 1, SegmentReading.NEVER);
    }

    /** All rows, by sensor and time. */
    private List<PackableReading> rows() {
        return rows(tables);
    }

    static List<PackableReading> rows(MemoryTables tables) {
        return sorted(tables.rows.values().stream()
                .flatMap(partition -> partition.values().stream())
                .toList());
    }

    private List<PackableReading> packed() {
        return packed(tables, tables.current().packs().get(0).id());
    }

    /** The readings of a pack, by sensor and time. */
    static List<PackableReading> packed(MemoryTables tables, UUID pack) {
        List<PackableReading> readings = new ArrayList<>();
        for (PackedSegment segment : tables.history.getOrDefault(pack, List.of())) {
            ReadingCursor cursor = Segment.open(segment.segment()).readings();
            while (cursor.next()) {
                readings.add(new PackableReading(
                        segment.sensorId(),
                        cursor.timestampMillis(),
                        cursor.value(),
                        cursor.recordTimeMillis(),
                        cursor.originPosition(),
                        cursor.originEpoch(),
                        cursor.expirySecond()));
            }
        }
        return sorted(readings);
    }

    private static List<PackableReading> sorted(List<PackableReading> readings) {
        List<PackableReading> sorted = new ArrayList<>(readings);
        sorted.sort(Comparator.comparing(
                        (PackableReading reading) -> reading.sensorId().value())
                .thenComparingLong(PackableReading::timestampMillis));
        return sorted;
    }
}
