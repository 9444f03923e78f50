package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockTest {

    /** A short range decodes its own chunks, and not those before them. */
    @Test
    void seeksTheChunkOfAnEventTime() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            List<Row> rows = new RandomRows(random).rowsOf(1, 3_000);
            BlockRows columns = new BlockRows();
            rows.forEach(columns::add);
            ByteSink sink = new ByteSink();
            new BlockEncoder().encode(columns, 0, rows.size(), sink);
            Block block = new Block(sink.toBytes(), 0, sink.size(), rows.size());
            long[] scratch = new long[IntegerColumn.CHUNK];
            for (int i = 0; i < 100; i++) {
                int row = random.nextInt(rows.size());
                int start = random.nextInt(row + 1);

                int found = block.seek(start, rows.size(), rows.get(row).timestampMillis(), scratch);

                assertThat(found).as("seed %d", seed).isBetween(Math.max(start, row - IntegerColumn.CHUNK), row);
            }
        }
    }
}
