package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.MinuteState.Mark;
import io.telltale.store.Statements.Cql;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The index of the minutes that may hold fresh segments, and their marks if they are merged. */
final class FreshMinutes {

    private final Database database;

    FreshMinutes(Database database) {
        this.database = database;
    }

    /** The minutes of a type, in order of time. */
    Uni<List<MinuteState>> of(SensorType type, DefaultConsistencyLevel level) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.FRESH_MINUTES)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setConsistencyLevel(level)
                        .setExecutionProfileName("read")
                        .build()))
                .collect()
                .in(ArrayList::new, (minutes, page) -> add(minutes, type, page));
    }

    private static void add(List<MinuteState> minutes, SensorType type, AsyncResultSet page) {
        for (Row row : page.currentPage()) {
            ByteBuffer merged = row.getByteBuffer(2);
            minutes.add(new MinuteState(
                    new FreshMinute(new Lane(type, row.getInt(1)), CqlBytes.toLong(row.getBytesUnsafe(0))),
                    merged == null ? Optional.empty() : Optional.of(new Mark(merged, row.getLong(3)))));
        }
    }

    /** Adds a minute. Completes when that is durable. A mark stays. */
    Uni<Void> add(FreshMinute minute) {
        return database.run(statements -> statements
                        .get(Cql.INSERT_FRESH_MINUTE)
                        .boundStatementBuilder()
                        .setString(0, minute.lane().type().name())
                        .setBytesUnsafe(1, CqlBytes.ofLong(minute.startMillis()))
                        .setInt(2, minute.lane().number())
                        .setConsistencyLevel(database.writeLevel(minute.lane().type()))
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    /** Marks a minute as merged. Completes when that is durable. */
    Uni<Void> mark(FreshMinute minute, ByteBuffer content) {
        return database.run(statements -> statements
                        .get(Cql.MARK_FRESH_MINUTE)
                        .boundStatementBuilder()
                        .setString(0, minute.lane().type().name())
                        .setBytesUnsafe(1, CqlBytes.ofLong(minute.startMillis()))
                        .setInt(2, minute.lane().number())
                        .setBytesUnsafe(3, content.duplicate())
                        .setConsistencyLevel(database.writeLevel(minute.lane().type()))
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    /** Removes a minute. One that was added or marked after this mark stays. */
    Uni<Void> remove(FreshMinute minute, Mark mark) {
        return database.run(statements -> statements
                        .get(Cql.DELETE_FRESH_MINUTE)
                        .boundStatementBuilder()
                        .setLong(0, mark.writtenMicros())
                        .setString(1, minute.lane().type().name())
                        .setBytesUnsafe(2, CqlBytes.ofLong(minute.startMillis()))
                        .setInt(3, minute.lane().number())
                        .setConsistencyLevel(database.writeLevel(minute.lane().type()))
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }
}
