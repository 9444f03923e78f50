package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Readings from rows, one per reading. Rows hold every durable reading. */
@Singleton
class RowReadings implements ReadingSource {

    /** The index of the limit among the parameters of a slice's statement. */
    private static final int LIMIT = 6;

    private final Database database;
    private final SealedReadings sealing;

    @Inject
    RowReadings(Database database, SealedReadings sealing) {
        this.database = database;
        this.sealing = sealing;
    }

    @Override
    public Multi<ReadingPage> readings(List<ReadingPartition> partitions, RangeRead read) {
        return Multi.createFrom()
                .deferred(() -> new ReadAheadSlices(
                                partitions,
                                partition -> firstPage(partition, read),
                                page -> nextPage(page, read),
                                read.remaining()::rows,
                                read.pageSize())
                        .pages())
                .plug(Concatenation.unis(page -> readings(page, read)))
                .filter(page -> !page.isEmpty());
    }

    private Uni<AsyncResultSet> firstPage(ReadingPartition partition, RangeRead read) {
        return database.run(statements -> statements
                .get(statement(read))
                .boundStatementBuilder()
                .setBytesUnsafe(0, CqlBytes.ofText(partition.type().name()))
                .setBytesUnsafe(1, CqlBytes.ofInt(partition.shard()))
                .setBytesUnsafe(2, CqlBytes.ofLong(partition.bucketStartMillis()))
                .setBytesUnsafe(3, CqlBytes.ofText(read.sensor().id().value()))
                .setBytesUnsafe(4, CqlBytes.ofLong(read.fromMillis()))
                .setBytesUnsafe(5, CqlBytes.ofLong(read.toMillis()))
                .setInt(LIMIT, rows(read))
                .setPageSize(read.pageSize().rows())
                .setConsistencyLevel(Database.level(read.consistency()))
                .setExecutionProfileName("read")
                .build());
    }

    private static Cql statement(RangeRead read) {
        if (!read.needsRecordTimes()) {
            return read.order() == Order.ASC ? Cql.READINGS_ASCENDING : Cql.READINGS_DESCENDING;
        }
        return read.order() == Order.ASC
                ? Cql.READINGS_WITH_WRITE_TIME_ASCENDING
                : Cql.READINGS_WITH_WRITE_TIME_DESCENDING;
    }

    /** The limit of rows to request. With deletions, the number of rows to skip is unknown, so there is no limit. */
    private static int rows(RangeRead read) {
        return (int) Math.min(
                Integer.MAX_VALUE, read.hiding().isEmpty() ? read.remaining().rows() : Integer.MAX_VALUE);
    }

    /** Adapts the page size to the rows read so far. The driver alone would keep the size of the first page. */
    private Uni<AsyncResultSet> nextPage(AsyncResultSet page, RangeRead read) {
        BoundStatement statement = (BoundStatement) page.getExecutionInfo().getRequest();
        // If the page size equals the limit, Cassandra ignores the paging state and starts over.
        int mostRows = statement.getInt(LIMIT) - 1;
        return database.run(statements -> statement
                .setPagingState(page.getExecutionInfo().getPagingState())
                .setPageSize(Math.min(read.pageSize().rows(), mostRows)));
    }

    private Uni<ReadingPage> readings(AsyncResultSet page, RangeRead read) {
        int count = page.remaining();
        long bytes = 0;
        DecodedRows rows = new DecodedRows(count);
        long[] recordTimes = new long[read.needsRecordTimes() ? count : 0];
        int timed = 0;
        for (Row row : page.currentPage()) {
            long timestampMillis = CqlBytes.toLong(row.getBytesUnsafe(0));
            ByteBuffer cell = CqlBytes.present(row.getBytesUnsafe(1));
            bytes += cell.remaining();
            if (read.needsRecordTimes()) {
                long recordTimeMillis = ReadingStore.recordTimeMillis(row.getLong(2));
                if (read.isHidden(timestampMillis, recordTimeMillis)) {
                    continue;
                }
                recordTimes[timed++] = recordTimeMillis;
            }
            rows.add(read.sensor().id(), timestampMillis, cell);
        }
        read.pageSize().adapt(count, bytes);
        long[] kept = Arrays.copyOf(recordTimes, timed);
        return rows.opened(sealing).map(readings -> new ReadingPage(readings, kept));
    }
}
