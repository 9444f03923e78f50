package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Reads and writes the marks of spans.
 *
 * <p>Each mark has the write timestamp that this class gives it, and a mark is deleted by the timestamp that was read.
 * So a mark that was written after the read survives, whatever the clocks of replicas and Cassandra say.
 */
@Singleton
class HistoryMarks {

    private final Database database;
    private final Clock clock;
    private long lastMicros;

    @Inject
    HistoryMarks(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Reads the marks of the spans of a week that start in {@code [fromMillis, toMillis)}; without spans that have
     * none.
     *
     * @param level a level that overlaps with the write level: others may miss late rows
     */
    Uni<Map<Long, SpanMarks>> of(ShardWeek week, long fromMillis, long toMillis, DefaultConsistencyLevel level) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.HISTORY_MARKS)
                        .boundStatementBuilder()
                        .setString(0, week.type().name())
                        .setInt(1, week.shard())
                        .setBytesUnsafe(2, CqlBytes.ofLong(week.startMillis()))
                        .setBytesUnsafe(3, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(4, CqlBytes.ofLong(toMillis))
                        .setConsistencyLevel(level)
                        .setExecutionProfileName("read")
                        .build()))
                .collect()
                .in(HashMap<Long, List<Mark>>::new, HistoryMarks::add)
                .map(bySpan -> {
                    Map<Long, SpanMarks> marks = new HashMap<>();
                    bySpan.forEach((span, some) -> marks.put(span, new SpanMarks(List.copyOf(some))));
                    return marks;
                });
    }

    private static void add(Map<Long, List<Mark>> bySpan, AsyncResultSet page) {
        for (Row row : page.currentPage()) {
            bySpan.computeIfAbsent(CqlBytes.toLong(row.getBytesUnsafe(0)), first -> new ArrayList<>())
                    .add(new Mark(Objects.requireNonNull(row.getUuid(1)), State.of(row.getInt(2)), row.getLong(3)));
        }
    }

    /** A write timestamp after all earlier ones of this process. Ordered calls give ordered marks. */
    synchronized long nextMicros() {
        lastMicros = Math.max(lastMicros + 1, TimeUnit.MILLISECONDS.toMicros(clock.millis()));
        return lastMicros;
    }

    /** Writes a mark. Completes when it is durable. */
    Uni<Void> put(Span span, Mark mark) {
        return database.run(statements -> insert(statements, span, mark)
                        .setConsistencyLevel(database.writeLevel(span.type()))
                        .setExecutionProfileName("write"))
                .replaceWithVoid();
    }

    /**
     * Marks a pack as complete. The same request, which is atomic, replaces the packs and deletes the marks of late
     * rows that were read before its rows. Idempotent if repeated with the same timestamp.
     *
     * @param seen the marks that were read before the rows
     */
    Uni<Void> complete(Span span, Mark pack, SpanMarks seen) {
        return database.run(statements -> {
                    BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                            .setConsistencyLevel(database.writeLevel(span.type()))
                            .setExecutionProfileName("write")
                            .addStatement(insert(statements, span, pack));
                    for (Mark mark : seen.marks()) {
                        switch (mark.state()) {
                            case PACKED -> batch.addStatement(insert(statements, span, mark.replaced()));
                            case WRITING, LATE -> batch.addStatement(delete(statements, span, mark));
                            case REPLACED, UNKNOWN -> {}
                        }
                    }
                    return batch.build();
                })
                .replaceWithVoid();
    }

    /**
     * Replaces packs by none: rows are read. The same request, which is atomic, marks the span as changed. Otherwise a
     * pack that another packer completes later might become the only one, and lack what these packs hold.
     *
     * @param changed a new mark, later than all of its id
     */
    Uni<Void> retire(Span span, List<Mark> packs, Mark changed) {
        return database.run(statements -> {
                    BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                            .setConsistencyLevel(database.writeLevel(span.type()))
                            .setExecutionProfileName("write")
                            .addStatement(insert(statements, span, changed));
                    packs.forEach(pack -> batch.addStatement(insert(statements, span, pack.replaced())));
                    return batch.build();
                })
                .replaceWithVoid();
    }

    /** Deletes a mark as it was read. */
    Uni<Void> remove(Span span, Mark mark) {
        return database.run(statements -> delete(statements, span, mark)
                        .setConsistencyLevel(database.writeLevel(span.type()))
                        .setExecutionProfileName("write"))
                .replaceWithVoid();
    }

    private static BoundStatement insert(Statements statements, Span span, Mark mark) {
        return statements
                .get(Cql.INSERT_HISTORY_MARK)
                .boundStatementBuilder()
                .setString(0, span.type().name())
                .setInt(1, span.shard())
                .setBytesUnsafe(2, CqlBytes.ofLong(span.week().startMillis()))
                .setBytesUnsafe(3, CqlBytes.ofLong(span.startMillis()))
                .setUuid(4, mark.id())
                .setInt(5, mark.state().number)
                .setLong(6, mark.writtenMicros())
                .build();
    }

    private static BoundStatement delete(Statements statements, Span span, Mark mark) {
        return statements
                .get(Cql.DELETE_HISTORY_MARK)
                .boundStatementBuilder()
                .setLong(0, mark.writtenMicros())
                .setString(1, span.type().name())
                .setInt(2, span.shard())
                .setBytesUnsafe(3, CqlBytes.ofLong(span.week().startMillis()))
                .setBytesUnsafe(4, CqlBytes.ofLong(span.startMillis()))
                .setUuid(5, mark.id())
                .build();
    }
}
