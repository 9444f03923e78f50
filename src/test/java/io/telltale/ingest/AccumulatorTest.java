package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.ingest.offsets.Slice;
import io.telltale.ingest.offsets.TestSlices;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.Lane;
import io.telltale.store.Placement;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.store.RowBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AccumulatorTest {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final long LINGER = Duration.ofMillis(250).toNanos();
    private static final long FIRST_RETRY = IngestLimits.wide().firstRetry().toNanos();
    private static final int SIZE = reading(0).sizeBytes();

    private final ManualWrites writes = new ManualWrites();
    private final TestSlices slices = new TestSlices();
    private long now = Long.MAX_VALUE - LINGER; // overflows during the test, as nanoTime may
    private long offset;

    @Test
    void writesAReadingAfterItsLingerTime() {
        Accumulator accumulator = accumulator(IngestLimits.wide());
        add(accumulator, 1);
        pass(accumulator, LINGER - 1);
        assertThat(writes.inFlight).isEmpty();
        pass(accumulator, 1);
        assertThat(writes.offsets()).containsExactly(List.of(0L));
    }

    @Test
    void countsLingerFromTheOldestReading() {
        Accumulator accumulator = accumulator(IngestLimits.wide());
        add(accumulator, 1);
        pass(accumulator, LINGER / 2);
        add(accumulator, 1);
        add(accumulator, 2);
        pass(accumulator, LINGER / 2);
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L));
        pass(accumulator, LINGER / 2);
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L), List.of(2L));
    }

    @Test
    void writesAFullBatchImmediately() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(3));
        add(accumulator, 1, 1);
        assertThat(writes.inFlight).isEmpty();
        add(accumulator, 1);
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L, 2L));
    }

    @Test
    void aLaneHasLargerBatchesThanAPartition() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(2));
        Slice slice = slices.open(10, 10);
        for (int i = 0; i < 10; i++) {
            accumulator.add(new Lane(TYPE, 0), reading(offset++), slice);
        }
        assertThat(writes.inFlight).isEmpty();
        pass(accumulator, LINGER);
        assertThat(writes.offsets()).hasSize(1);
        assertThat(writes.largestBatch).isEqualTo(10);
    }

    @Test
    void boundsABatchInBytes() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchBytes(2 * SIZE));
        add(accumulator, 1, 1);
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L));
    }

    @Test
    void buffersReadingsWhileAWriteIsInFlight() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(2));
        add(accumulator, 1, 1);
        add(accumulator, 1, 1, 1);
        pass(accumulator, 10 * LINGER);
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L));
        writes.finish(0);
        assertThat(writes.offsets()).containsExactly(List.of(2L, 3L));
        writes.finish(0);
        assertThat(writes.offsets()).containsExactly(List.of(4L));
    }

    @Test
    void lingersAgainAfterAWrite() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(2));
        add(accumulator, 1, 1);
        pass(accumulator, LINGER);
        add(accumulator, 1);
        writes.finish(0);
        assertThat(writes.inFlight).isEmpty();
        pass(accumulator, LINGER);
        assertThat(writes.offsets()).containsExactly(List.of(2L));
    }

    @Test
    void limitsConcurrentWrites() {
        Accumulator accumulator =
                accumulator(IngestLimits.wide().withBatchRows(1).withWritesInFlight(2));
        add(accumulator, 1, 2, 3, 4);
        assertThat(writes.offsets()).containsExactly(List.of(0L), List.of(1L));
        assertThat(accumulator.writesInFlight()).isEqualTo(2);
        writes.finish(1);
        assertThat(writes.offsets()).containsExactly(List.of(0L), List.of(2L));
    }

    @Test
    void acknowledgesAReadingWhenItsWriteIsDurable() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(1));
        add(accumulator, 1, 2);
        writes.finish(1);
        assertThat(slices.durableOffset()).isNegative();
        writes.finish(0);
        assertThat(slices.durableOffset()).isEqualTo(2);
        assertThat(accumulator.heldReadings()).isZero();
        assertThat(accumulator.writesInFlight()).isZero();
    }

    @Test
    void boundsHeldReadings() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withHeldReadings(4));
        add(accumulator, 1, 1, 2);
        assertThat(isDone(accumulator.awaitCapacity())).isTrue();
        add(accumulator, 2);
        AtomicBoolean capacity = isDone(accumulator.awaitCapacity());
        assertThat(capacity).as("capacity").isFalse();
        // No reading arrives that could fill the batches, so they do not linger.
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L), List.of(2L, 3L));
        writes.finish(0);
        assertThat(capacity).as("capacity").isTrue();
    }

    @Test
    void boundsHeldBytes() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withHeldBytes(4L * SIZE));
        add(accumulator, 1, 1, 2);
        assertThat(isDone(accumulator.awaitCapacity())).isTrue();
        add(accumulator, 2);
        AtomicBoolean capacity = isDone(accumulator.awaitCapacity());
        assertThat(capacity).as("capacity").isFalse();
        writes.finish(0);
        assertThat(capacity).as("capacity").isTrue();
    }

    @Test
    void resumesWhenAQuarterOfTheCapacityIsFree() {
        Accumulator accumulator =
                accumulator(IngestLimits.wide().withHeldReadings(8).withBatchRows(1));
        add(accumulator, 1, 2, 3, 4, 5, 6, 7, 8);
        AtomicBoolean capacity = isDone(accumulator.awaitCapacity());
        writes.finish(0);
        assertThat(capacity).as("capacity").isFalse();
        writes.finish(0);
        assertThat(capacity).as("capacity").isTrue();
    }

    @Test
    void isolatesAPartitionThatCannotBeWritten() {
        Accumulator accumulator = accumulator(
                IngestLimits.wide().withBatchRows(1).withWritesInFlight(2).withHeldReadings(100));
        add(accumulator, 1); // its write never ends
        for (int i = 0; i < 50; i++) {
            add(accumulator, 2);
            assertThat(writes.inFlight).hasSize(2);
            writes.finish(1);
        }
        assertThat(accumulator.heldReadings()).isEqualTo(1);
    }

    @Test
    void retriesAFailedWriteAfterABackoff() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(2));
        add(accumulator, 1, 1);
        writes.fail(0);
        assertThat(accumulator.writesInFlight()).isZero();
        pass(accumulator, FIRST_RETRY / 2);
        assertThat(writes.inFlight).isEmpty();
        pass(accumulator, FIRST_RETRY);
        assertThat(writes.offsets()).containsExactly(List.of(0L, 1L));
        writes.fail(0);
        pass(accumulator, FIRST_RETRY);
        assertThat(writes.inFlight)
                .as("writes during the second, longer backoff")
                .isEmpty();
        pass(accumulator, 2 * FIRST_RETRY);
        writes.finish(0);
        assertThat(slices.durableOffset()).isEqualTo(2);
    }

    @Test
    void limitsRetriesToAQuarterOfTheWrites() {
        Accumulator accumulator =
                accumulator(IngestLimits.wide().withBatchRows(1).withWritesInFlight(8));
        add(accumulator, 1, 2, 3, 4, 5, 6, 7, 8);
        for (int i = 0; i < 8; i++) {
            writes.fail(0);
        }
        pass(accumulator, 2 * FIRST_RETRY);
        assertThat(writes.inFlight).hasSize(1);
        add(accumulator, 11, 12, 13);
        assertThat(writes.inFlight.stream().map(ManualWrites.Write::shard))
                .as("writes beside the retries")
                .contains(11);
    }

    @Test
    void retriesAllAfterOneRetrySucceeds() {
        Accumulator accumulator = accumulator(IngestLimits.wide().withBatchRows(1));
        add(accumulator, 1, 2, 3, 4);
        for (int i = 0; i < 4; i++) {
            writes.fail(0);
        }
        pass(accumulator, FIRST_RETRY * 79 / 100);
        assertThat(writes.inFlight).isEmpty();
        while (writes.inFlight.isEmpty()) {
            pass(accumulator, FIRST_RETRY / 100);
        }
        while (!writes.inFlight.isEmpty()) {
            writes.finish(0);
        }
        assertThat(accumulator.heldReadings()).isZero();
    }

    @Test
    void lowersTheWriteLimitOnFailures() {
        Accumulator accumulator =
                accumulator(IngestLimits.wide().withBatchRows(1).withWritesInFlight(64));
        for (int partition = 0; partition < 200; partition++) {
            add(accumulator, partition);
        }
        int before = accumulator.writesInFlight();
        for (int i = 0; i < 100; i++) {
            writes.fail(0);
        }
        assertThat(accumulator.writesInFlight()).isLessThan(before / 2).isPositive();
    }

    /** For random arrivals and for writes that end or fail in random order; the loop respects backpressure and ends. */
    @Test
    void writesEachReadingExactlyOnce() {
        for (int seed = 0; seed < 300; seed++) {
            run(new Random(seed), "seed " + seed);
        }
    }

    private void run(Random random, String seed) {
        IngestLimits limits = new IngestLimits(
                Duration.ofMillis(random.nextInt(1, 300)),
                random.nextInt(1, 20),
                random.nextInt(1, 20 * SIZE),
                random.nextInt(1, 200),
                random.nextLong(1, 200L * SIZE),
                random.nextInt(1, 8));
        ManualWrites store = new ManualWrites();
        TestSlices seeded = new TestSlices();
        Accumulator accumulator = new Accumulator(limits, new Backoff(limits, random), store, () -> now);
        int toCome = random.nextInt(1, 1_000);
        long next = 0;
        AtomicBoolean capacity = new AtomicBoolean(true);
        int idle = 0;
        while (next < toCome || seeded.durableOffset() != toCome) {
            assertThat(accumulator.writesInFlight())
                    .as(seed)
                    .isEqualTo(store.inFlight.size())
                    .isLessThanOrEqualTo(limits.writesInFlight());
            int choice = random.nextInt(4);
            if (choice == 0 && capacity.get() && next < toCome) {
                int poll = (int) Math.min(toCome - next, random.nextInt(1, 30));
                Slice slice = seeded.open(next + poll, poll);
                for (int i = 0; i < poll; i++) {
                    accumulator.add(partition(random.nextInt(10)), reading(next++), slice);
                }
                assertThat(accumulator.heldReadings()).as(seed).isLessThan(limits.heldReadings() + 30);
                capacity = isDone(accumulator.awaitCapacity());
            } else if (choice == 1 && !store.inFlight.isEmpty()) {
                store.finish(random.nextInt(store.inFlight.size()));
            } else if (choice == 3 && !store.inFlight.isEmpty() && random.nextInt(3) == 0) {
                store.fail(random.nextInt(store.inFlight.size()));
            } else {
                now += random.nextLong(limits.linger().toNanos());
                accumulator.tick();
            }
            idle = store.inFlight.isEmpty() && !capacity.get() ? idle + 1 : 0;
            assertThat(idle)
                    .as("%s: rounds without capacity and without a write", seed)
                    .isLessThan(200);
        }
        assertThat(store.written).as(seed).hasSize(toCome);
        assertThat(accumulator.heldReadings()).as(seed).isZero();
        assertThat(accumulator.writesInFlight()).as(seed).isZero();
        assertThat(store.largestBatch).as(seed).isLessThanOrEqualTo(limits.batchRows());
    }

    private Accumulator accumulator(IngestLimits limits) {
        return new Accumulator(limits, new Backoff(limits, new Random(1)), writes, () -> now);
    }

    /** Adds a reading per partition, with ascending offsets. */
    private void add(Accumulator accumulator, int... partitions) {
        Slice slice = slices.open(offset + partitions.length, partitions.length);
        for (int partition : partitions) {
            accumulator.add(partition(partition), reading(offset++), slice);
        }
    }

    private void pass(Accumulator accumulator, long nanos) {
        now += nanos;
        accumulator.tick();
    }

    private static AtomicBoolean isDone(Uni<Void> uni) {
        AtomicBoolean done = new AtomicBoolean();
        uni.subscribe().with(ignored -> done.set(true));
        return done;
    }

    private static ReadingPartition partition(int number) {
        return new ReadingPartition(TYPE, number, 0);
    }

    private static RecordedReading reading(long offset) {
        return new RecordedReading(
                new Reading(new SensorId("t-1"), TYPE, offset, new Value.Numeric(offset)),
                new RecordOrigin(1, 0, offset),
                offset);
    }

    /** A store whose writes end when the test says so, in any order. */
    private static final class ManualWrites implements Accumulator.Target {

        final List<Write> inFlight = new ArrayList<>();
        final Set<Long> written = new HashSet<>();
        int largestBatch;

        private record Write(Placement placement, RowBatch rows, UniEmitter<? super Void> ending) {
            int shard() {
                return ((ReadingPartition) placement).shard();
            }

            /** The offsets, which equal the record times in this test. */
            List<Long> offsets() {
                return IntStream.range(0, rows.size())
                        .mapToObj(rows::recordTimeMillis)
                        .toList();
            }
        }

        @Override
        public Uni<Void> write(Placement placement, RowBatch rows) {
            return Uni.createFrom().emitter(ending -> {
                assertThat(inFlight).as("writes of one partition at a time").noneMatch(write -> write.placement()
                        .equals(placement));
                Write write = new Write(placement, rows, ending);
                assertThat(write.offsets())
                        .as("readings that are not written yet")
                        .isNotEmpty()
                        .noneMatch(written::contains);
                largestBatch = Math.max(largestBatch, rows.size());
                inFlight.add(write);
            });
        }

        @Override
        public void reportBug(Throwable bug) {
            throw new AssertionError(bug);
        }

        void finish(int number) {
            Write write = inFlight.remove(number);
            written.addAll(write.offsets());
            write.ending().complete(null);
        }

        void fail(int number) {
            inFlight.remove(number).ending().fail(new IllegalStateException("no replica answers"));
        }

        List<List<Long>> offsets() {
            return inFlight.stream().map(Write::offsets).toList();
        }
    }
}
