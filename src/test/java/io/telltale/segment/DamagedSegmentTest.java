package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.telltale.sensors.Value;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Damage is found and named. No bytes cause another exception, even where the checksums are right. */
class DamagedSegmentTest {

    /** What a cursor returns before, between and behind damaged spans. */
    private record Outcome(List<Row> rows, List<SegmentSpan> damaged, boolean isHeaderDamaged) {

        static Outcome of(byte[] bytes) {
            List<Row> rows = new ArrayList<>();
            List<SegmentSpan> damaged = new ArrayList<>();
            ReadingCursor cursor;
            try {
                cursor = Segment.open(bytes).readings();
            } catch (DamagedSegmentException e) {
                assertThat(e.span()).isEmpty();
                return new Outcome(rows, damaged, true);
            } catch (UnsupportedSegmentVersionException e) {
                return new Outcome(rows, damaged, true);
            }
            boolean isEnd = false;
            while (!isEnd) {
                try {
                    isEnd = !cursor.next();
                    if (!isEnd) {
                        rows.add(Row.copyOf(cursor));
                    }
                } catch (DamagedSegmentException e) {
                    damaged.add(e.span().orElseThrow());
                }
            }
            return new Outcome(rows, damaged, false);
        }
    }

    @Test
    void namesWhatAFlippedBitDamages() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            List<Row> rows = new RandomRows(random).rows(6, 300);
            byte[] intact = Row.segment(new SegmentWriter(100), rows);
            List<SegmentSpan> spans = Segment.open(intact).spans();
            for (int i = 0; i < 200; i++) {
                byte[] bytes = intact.clone();
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));

                Outcome outcome = Outcome.of(bytes);

                if (!outcome.isHeaderDamaged()) {
                    assertThat(outcome.damaged())
                            .as("seed %d", seed)
                            .isNotEmpty()
                            .isSubsetOf(spans);
                    assertThat(outcome.rows())
                            .as("seed %d", seed)
                            .isEqualTo(without(rows, spans, new HashSet<>(outcome.damaged())));
                }
            }
        }
    }

    @Test
    void namesWhatATruncationRemoves() {
        List<Row> rows = new RandomRows(new Random(3)).rowsOf(7, 1_000);
        byte[] intact = Row.segment(new SegmentWriter(100), rows);
        for (int length = 0; length < intact.length; length++) {
            Outcome outcome = Outcome.of(Arrays.copyOf(intact, length));

            if (!outcome.isHeaderDamaged()) {
                assertThat(outcome.rows().size())
                        .isEqualTo(1_000
                                - outcome.damaged().stream()
                                        .mapToInt(SegmentSpan::count)
                                        .sum())
                        .isLessThan(1_000);
            }
        }
        assertThat(Outcome.of(Arrays.copyOf(intact, intact.length + 1)).isHeaderDamaged())
                .isTrue();
    }

    @Test
    void survivesRandomBytes() {
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            assertThat(Outcome.of(bytes).isHeaderDamaged()).isTrue();
        }
    }

    /** Beneath the checksums: the decoder must not rely on them. */
    @Test
    void survivesDamageWithRightChecksums() {
        int[] kinds = new int[3];
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            byte[] intact = Row.segment(new SegmentWriter(400), new RandomRows(random).rows(5, 400));
            for (int i = 0; i < 60; i++) {
                byte[] bytes = intact.clone();
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    int at = SegmentHeader.PREAMBLE_BYTES + random.nextInt(bytes.length - SegmentHeader.PREAMBLE_BYTES);
                    bytes[at] = random.nextBoolean()
                            ? (byte) random.nextInt()
                            : (byte) (bytes[at] ^ 1 << random.nextInt(8));
                }
                correctChecksums(bytes);

                Outcome outcome = Outcome.of(bytes);

                kinds[outcome.isHeaderDamaged() ? 0 : outcome.damaged().isEmpty() ? 1 : 2]++;
            }
        }
        // Each of the three was reached: a refused header, changed readings, a refused block.
        assertThat(kinds).doesNotContain(0);
    }

    @Test
    void survivesRandomBlocksWithRightChecksums() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            assertThat(Outcome.of(segmentWithRandomBlock(random)).isHeaderDamaged())
                    .isFalse();
        }
    }

    /** A few bytes can claim many numbers. Memory grows with the bytes, and with what a block may hold. */
    @Test
    void allocatesLittleForRandomBlocks() {
        Random random = new Random(12);
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 5_000; i++) {
            byte[] bytes = segmentWithRandomBlock(random);
            long before = memory.getCurrentThreadAllocatedBytes();
            ReadingCursor cursor = Segment.open(bytes).readings();
            boolean isEnd = false;
            while (!isEnd) {
                try {
                    isEnd = !cursor.next() || cursor.originEpoch() < 0;
                } catch (DamagedSegmentException e) {
                    assertThat(e.span()).isPresent();
                }
            }
            assertThat(memory.getCurrentThreadAllocatedBytes() - before)
                    .as("case %d", i)
                    .isLessThan(200_000);
        }
    }

    private static byte[] segmentWithRandomBlock(Random random) {
        byte[] block = new byte[random.nextInt(80)];
        random.nextBytes(block);
        for (int at = 0; at < block.length; at++) {
            // Small numbers reach deeper.
            if (random.nextBoolean()) {
                block[at] &= 7;
            }
        }
        ByteSink sink = new ByteSink();
        sink.putInt(SegmentHeader.MAGIC);
        sink.putByte(SegmentHeader.VERSION);
        sink.putLong(0);
        sink.putVarint(1);
        sink.putVarint(block.length);
        sink.putInt(0);
        sink.putZigzag(0);
        sink.putVarint(1L << 40);
        sink.putVarint(1);
        sink.putLong(1);
        sink.putVarint(1 + random.nextInt(Block.MAX_READINGS));
        int end = sink.size();
        sink.putBytes(block, 0, block.length);
        byte[] bytes = sink.toBytes();
        ByteSink.INT.set(bytes, SegmentHeader.LENGTH_AT, end - SegmentHeader.PREAMBLE_BYTES);
        correctChecksums(bytes);
        return bytes;
    }

    @Test
    void namesAnUnknownVersion() {
        byte[] bytes = Row.segment(new SegmentWriter(900), new RandomRows(new Random(1)).rowsOf(1, 3));
        bytes[4] = 2;

        // A flipped bit is not a version.
        assertThatThrownBy(() -> Segment.open(bytes)).isInstanceOf(DamagedSegmentException.class);

        correctChecksums(bytes);
        assertThatThrownBy(() -> Segment.open(bytes))
                .isInstanceOfSatisfying(UnsupportedSegmentVersionException.class, e -> assertThat(e.version())
                        .isEqualTo(2))
                .hasMessageContaining("version 2");
    }

    @Test
    void namesSensorAndSpanInItsMessage() {
        byte[] bytes = Row.segment(
                new SegmentWriter(900), List.of(new Row(0xabcL, 0, Value.Flag.TRUE, 5, 1, 1, SegmentReading.NEVER)));
        bytes[bytes.length - 1] ^= 1;
        ReadingCursor cursor = Segment.open(bytes).readings();

        assertThatThrownBy(cursor::next)
                .isInstanceOf(DamagedSegmentException.class)
                .hasMessageContaining("sensor=0000000000000abc from=1970-01-01T00:00:00.000Z");
        assertThat(cursor.next()).isFalse();
    }

    /** Makes the checksums right, as far as the index can be read. */
    private static void correctChecksums(byte[] bytes) {
        long length = (int) ByteSink.INT.get(bytes, SegmentHeader.LENGTH_AT) & 0xffff_ffffL;
        int end = (int) (SegmentHeader.PREAMBLE_BYTES + length);
        if (length > bytes.length - SegmentHeader.PREAMBLE_BYTES) {
            return;
        }
        try {
            ByteSource source = new ByteSource(bytes, SegmentHeader.PREAMBLE_BYTES, end);
            int start = end;
            for (long blocks = source.readVarint(); blocks > 0; blocks--) {
                int blockEnd = start + source.readCount(bytes.length - start);
                CRC32C checksum = new CRC32C();
                checksum.update(bytes, start, blockEnd - start);
                ByteSink.INT.set(bytes, source.position(), (int) checksum.getValue());
                source.readInt();
                source.readZigzag();
                source.readVarint();
                for (int sensors = source.readCount(Block.MAX_READINGS); sensors > 0; sensors--) {
                    source.readLong();
                    source.readVarint();
                }
                start = blockEnd;
            }
        } catch (MalformedException e) {
            // The header will be refused; its checksum is corrected all the same.
        }
        ByteSink.INT.set(bytes, SegmentHeader.CHECKSUM_AT, SegmentHeader.checksum(bytes, end));
    }

    /** The rows outside the damaged spans. Spans of one sensor do not overlap. */
    private static List<Row> without(List<Row> rows, List<SegmentSpan> spans, Set<SegmentSpan> damaged) {
        List<Row> left = new ArrayList<>();
        int row = 0;
        for (SegmentSpan span : spans) {
            for (int i = 0; i < span.count(); i++) {
                Row next = rows.get(row++);
                if (!damaged.contains(span)) {
                    left.add(next);
                }
            }
        }
        return left;
    }
}
