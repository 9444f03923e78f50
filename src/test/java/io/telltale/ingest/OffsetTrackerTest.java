package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.ingest.OffsetTracker.End;
import io.telltale.ingest.OffsetTracker.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffsetTrackerTest {

    private final OffsetTracker prefix = new OffsetTracker();

    @Test
    void startsWithoutDurableOffsets() {
        assertThat(prefix.end().isNothing()).isTrue();
        prefix.open(10, 1_000, 1);
        assertThat(prefix.end().isNothing()).isTrue();
    }

    @Test
    void startsAtACommittedOffset() {
        prefix.begin(10);
        assertThat(prefix.end().nextOffset()).isEqualTo(10);
        assertThat(prefix.end().recordTime()).isEmpty();
        Slice slice = prefix.open(13, 1_000, 1);
        assertThat(prefix.end().nextOffset()).isEqualTo(10);
        slice.done();
        assertThat(prefix.end()).isEqualTo(new End(13, 1_000));
    }

    @Test
    void completesASliceWithItsLastRecord() {
        Slice slice = prefix.open(13, 1_000, 3);
        slice.done();
        slice.done();
        assertThat(prefix.end().isNothing()).isTrue();
        slice.done();
        assertThat(prefix.end()).isEqualTo(new End(13, 1_000));
    }

    @Test
    void completesARecordWithItsLastPart() {
        Slice slice = prefix.open(12, 1_000, 2);
        slice.split(3);
        slice.split(1);
        slice.done();
        slice.done();
        slice.done();
        assertThat(prefix.end().isNothing()).isTrue();
        slice.done();
        assertThat(prefix.end()).isEqualTo(new End(12, 1_000));
    }

    @Test
    void splitsARecordOfAStartedSlice() {
        Slice slice = prefix.open(12, 1_000, 2);
        slice.done();
        slice.split(2);
        slice.done();
        assertThat(prefix.end().isNothing()).isTrue();
        slice.done();
        assertThat(prefix.end()).isEqualTo(new End(12, 1_000));
    }

    @Test
    void waitsForEarlierSlices() {
        Slice first = prefix.open(10, 1_000, 1);
        Slice second = prefix.open(20, 2_000, 1);
        Slice third = prefix.open(30, 3_000, 1);
        third.done();
        second.done();
        assertThat(prefix.end().isNothing()).isTrue();
        first.done();
        assertThat(prefix.end()).isEqualTo(new End(30, 3_000));
    }

    /** In whatever order records become durable. */
    @Test
    void endsBeforeTheFirstIncompleteRecord() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            OffsetTracker seeded = new OffsetTracker();
            int slices = random.nextInt(1, 20);
            int[] undone = new int[slices];
            End[] ends = new End[slices];
            List<Runnable> records = new ArrayList<>();
            long offset = random.nextInt(1_000);
            for (int i = 0; i < slices; i++) {
                undone[i] = random.nextInt(1, 5);
                offset += undone[i] + random.nextInt(3);
                ends[i] = new End(offset, offset * 7);
                Slice slice = seeded.open(ends[i].nextOffset(), ends[i].recordTimeMillis(), undone[i]);
                int number = i;
                Collections.nCopies(undone[i], slice)
                        .forEach(same -> records.add(() -> {
                            undone[number]--;
                            same.done();
                        }));
            }
            Collections.shuffle(records, random);
            for (Runnable record : records) {
                record.run();
                assertThat(seeded.end()).as("seed %d", seed).isEqualTo(endOf(undone, ends));
            }
            assertThat(seeded.end()).isEqualTo(ends[slices - 1]);
        }
    }

    private static End endOf(int[] undone, End[] ends) {
        End end = End.NOTHING_YET;
        for (int i = 0; i < ends.length && undone[i] == 0; i++) {
            end = ends[i];
        }
        return end;
    }
}
