package io.telltale.ingest.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffsetTrackerTest {

    private final OffsetTracker tracker = new OffsetTracker();

    @Test
    void startsWithoutDurableOffsets() {
        assertThat(tracker.durable().isNone()).isTrue();
        tracker.open(10, 1_000, 1);
        assertThat(tracker.durable().isNone()).isTrue();
    }

    @Test
    void startsAtACommittedOffset() {
        tracker.startAt(10);
        assertThat(tracker.durable().nextOffset()).isEqualTo(10);
        assertThat(tracker.durable().recordTime()).isEmpty();
        Slice slice = tracker.open(13, 1_000, 1);
        assertThat(tracker.durable().nextOffset()).isEqualTo(10);
        slice.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(13, 1_000));
    }

    @Test
    void completesASliceWithItsLastRecord() {
        Slice slice = tracker.open(13, 1_000, 3);
        slice.acknowledge();
        slice.acknowledge();
        assertThat(tracker.durable().isNone()).isTrue();
        slice.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(13, 1_000));
    }

    @Test
    void completesARecordWithItsLastPart() {
        Slice slice = tracker.open(12, 1_000, 2);
        slice.split(3);
        slice.split(1);
        slice.acknowledge();
        slice.acknowledge();
        slice.acknowledge();
        assertThat(tracker.durable().isNone()).isTrue();
        slice.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(12, 1_000));
    }

    @Test
    void splitsARecordOfAStartedSlice() {
        Slice slice = tracker.open(12, 1_000, 2);
        slice.acknowledge();
        slice.split(2);
        slice.acknowledge();
        assertThat(tracker.durable().isNone()).isTrue();
        slice.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(12, 1_000));
    }

    @Test
    void waitsForEarlierSlices() {
        Slice first = tracker.open(10, 1_000, 1);
        Slice second = tracker.open(20, 2_000, 1);
        Slice third = tracker.open(30, 3_000, 1);
        third.acknowledge();
        second.acknowledge();
        assertThat(tracker.durable().isNone()).isTrue();
        first.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(30, 3_000));
    }

    /** A commit that follows must not tell readers of a record time that is not known. */
    @Test
    void keepsTheRecordTimeWhenItPassesMarkers() {
        tracker.open(10, 1_000, 1).acknowledge();
        tracker.skipTo(12);
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(12, 1_000));

        tracker.startAt(20);
        tracker.skipTo(22);
        assertThat(tracker.durable().nextOffset()).isEqualTo(22);
        assertThat(tracker.durable().recordTime()).isEmpty();
    }

    @Test
    void continuesWithRecordsAfterItPassedMarkers() {
        tracker.open(10, 1_000, 1).acknowledge();
        tracker.skipTo(12);
        Slice slice = tracker.open(15, 2_000, 3);
        slice.acknowledge();
        slice.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(12, 1_000));
        slice.acknowledge();
        assertThat(tracker.durable()).isEqualTo(new DurableOffset(15, 2_000));
    }

    @Test
    void hasNoRecordTimeThatItsProducerSet() {
        tracker.open(10, DurableOffset.NO_RECORD_TIME, 1).acknowledge();
        assertThat(tracker.durable().nextOffset()).isEqualTo(10);
        assertThat(tracker.durable().recordTime()).isEmpty();
    }

    /** The record times of a poll need not rise; the one of the last slice counts. */
    @Test
    void takesTheRecordTimeOfTheLastSlice() {
        Slice first = tracker.open(10, 2_000, 1);
        Slice second = tracker.open(20, 1_000, 1);
        second.acknowledge();
        first.acknowledge();
        assertThat(tracker.durable().recordTime()).hasValue(1_000);
    }

    /** Records of many readings, as ingest splits them: before any part of them is done. */
    @Test
    void endsBeforeTheFirstSliceWithAnOpenReading() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            OffsetTracker seeded = new OffsetTracker();
            int[] undone = new int[random.nextInt(1, 12)];
            DurableOffset[] ends = new DurableOffset[undone.length];
            List<Runnable> readings = new ArrayList<>();
            for (int i = 0; i < undone.length; i++) {
                int records = random.nextInt(1, 5);
                ends[i] = new DurableOffset((i + 1) * 10L, i);
                Slice slice = seeded.open(ends[i].nextOffset(), ends[i].recordTimeMillis(), records);
                for (int record = 0; record < records; record++) {
                    int parts = random.nextInt(1, 6);
                    slice.split(parts);
                    undone[i] += parts;
                }
                int number = i;
                Collections.nCopies(undone[i], slice)
                        .forEach(same -> readings.add(() -> {
                            undone[number]--;
                            same.acknowledge();
                        }));
            }
            Collections.shuffle(readings, random);
            for (Runnable reading : readings) {
                reading.run();
                assertThat(seeded.durable()).as("seed %d", seed).isEqualTo(endOf(undone, ends));
            }
        }
    }

    /** In whatever order records become durable. */
    @Test
    void endsBeforeTheFirstIncompleteRecord() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            OffsetTracker seeded = new OffsetTracker();
            int slices = random.nextInt(1, 20);
            int[] undone = new int[slices];
            DurableOffset[] ends = new DurableOffset[slices];
            List<Runnable> records = new ArrayList<>();
            long offset = random.nextInt(1_000);
            for (int i = 0; i < slices; i++) {
                undone[i] = random.nextInt(1, 5);
                offset += undone[i] + random.nextInt(3);
                ends[i] = new DurableOffset(offset, offset * 7);
                Slice slice = seeded.open(ends[i].nextOffset(), ends[i].recordTimeMillis(), undone[i]);
                int number = i;
                Collections.nCopies(undone[i], slice)
                        .forEach(same -> records.add(() -> {
                            undone[number]--;
                            same.acknowledge();
                        }));
            }
            Collections.shuffle(records, random);
            for (Runnable record : records) {
                record.run();
                assertThat(seeded.durable()).as("seed %d", seed).isEqualTo(endOf(undone, ends));
            }
            assertThat(seeded.durable()).isEqualTo(ends[slices - 1]);
        }
    }

    private static DurableOffset endOf(int[] undone, DurableOffset[] ends) {
        DurableOffset end = DurableOffset.NONE;
        for (int i = 0; i < ends.length && undone[i] == 0; i++) {
            end = ends[i];
        }
        return end;
    }
}
