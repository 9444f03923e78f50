package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.Optional;

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
        return advance(topic, partition, epoch, nextOffset, Optional.of(CqlBytes.ofLong(recordTimeMillis)));
    }

    /** The same where record times say nothing about what is still to come: their producers' clocks set them. */
    public Uni<Void> advance(String topic, int partition, int epoch, long nextOffset) {
        return advance(topic, partition, epoch, nextOffset, Optional.empty());
    }

    private Uni<Void> advance(
            String topic, int partition, int epoch, long nextOffset, Optional<ByteBuffer> recordTime) {
        return database.run(statements -> {
                    BoundStatementBuilder statement = statements
                            .get(Cql.ADVANCE_PROGRESS)
                            .boundStatementBuilder()
                            .setString(0, topic)
                            .setInt(1, partition)
                            .setInt(2, epoch)
                            .setLong(3, nextOffset)
                            .setLong(5, ((long) epoch << 48) | nextOffset)
                            .setConsistencyLevel(database.writeLevel())
                            .setExecutionProfileName("write");
                    // What is not set is left as it is: a null would be a tombstone.
                    recordTime.ifPresent(bytes -> statement.setBytesUnsafe(4, bytes));
                    return statement.build();
                })
                .replaceWithVoid();
    }
}
