package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** How far ingest has come, for readers on any replica: everything before is durable. */
@Singleton
public class IngestProgress {

    private final Database database;

    @Inject
    IngestProgress(Database database) {
        this.database = database;
    }

    /**
     * Notes that everything of a Kafka partition before an offset is durable. Never goes back: the write timestamp is
     * made of epoch and offset, so a note that comes late, from a replica that was paused, changes nothing.
     *
     * @param epoch the topic's epoch
     * @param nextOffset the first offset that may not be durable
     * @param recordTimeMillis the record time of the last record before it
     */
    public Uni<Void> advance(String topic, int partition, int epoch, long nextOffset, long recordTimeMillis) {
        return database.run(statements -> statements
                        .get(Cql.ADVANCE_PROGRESS)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setInt(1, partition)
                        .setInt(2, epoch)
                        .setLong(3, nextOffset)
                        .setBytesUnsafe(4, CqlBytes.ofLong(recordTimeMillis))
                        .setLong(5, ((long) epoch << 48) | nextOffset)
                        .setConsistencyLevel(database.writeLevel())
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }
}
