package io.telltale.evaluate.plants;

import static com.datastax.oss.driver.api.core.DefaultConsistencyLevel.ONE;

import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import java.util.ArrayList;
import java.util.List;

/** Readers that spoil what one healthy node returns. */
final class FaultyReaders {

    private static final int READINGS = 10;
    private static final int PAGE = 4;
    private static final int GAP = 5;

    private FaultyReaders() {}

    /** Fills a gap between readings with a value of its own. */
    static Measured invent(CassandraCluster cluster, CellRun run) {
        try (RecordedTable table = RecordedTable.create(cluster)) {
            for (int instant = 0; instant < READINGS; instant++) {
                if (instant != GAP) {
                    table.write(1, ONE, instant, "v" + instant, 1);
                }
            }
            table.read(READINGS, false, true, () -> {
                List<Observed> filled = table.rows(1, ONE, 0, READINGS);
                filled.add(GAP, RecordedTable.observed(GAP, "between v4 and v6"));
                return filled;
            });
            return table.measured();
        }
    }

    /** Begins each page with the last reading of the page before. */
    static Measured repeat(CassandraCluster cluster, CellRun run) {
        try (RecordedTable table = RecordedTable.create(cluster)) {
            write(table);
            table.read(READINGS, false, true, () -> {
                List<Observed> read = new ArrayList<>();
                long from = 0;
                List<Observed> page;
                do {
                    page = table.rows(1, ONE, from, PAGE);
                    read.addAll(page);
                    from = page.get(page.size() - 1).key().timestampMillis();
                } while (page.size() == PAGE);
                return read;
            });
            return table.measured();
        }
    }

    /** Returns the first page, and says that it is all. */
    static Measured claimComplete(CassandraCluster cluster, CellRun run) {
        try (RecordedTable table = RecordedTable.create(cluster)) {
            write(table);
            table.read(READINGS, true, true, () -> table.rows(1, ONE, 0, PAGE));
            return table.measured();
        }
    }

    private static void write(RecordedTable table) {
        for (int instant = 0; instant < READINGS; instant++) {
            table.write(1, ONE, instant, "v" + instant, 1);
        }
    }
}
