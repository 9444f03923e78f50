package io.telltale.store;

import com.datastax.oss.driver.api.core.AsyncPagingIterable;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalLong;

/** How far ingest has come, for readers on any replica: everything before is durable. */
@Singleton
public class IngestProgress {

    private final Database database;
    private final TopicEpochs epochs;

    @Inject
    IngestProgress(Database database, TopicEpochs epochs) {
        this.database = database;
        this.epochs = epochs;
    }

    /**
     * Everything of a Kafka partition before an offset is durable.
     *
     * @param partition the Kafka partition
     * @param epoch the topic's epoch
     * @param nextOffset the first offset that may not be durable
     * @param recordTimeMillis the record time of the last record before it; empty where record times say nothing about
     *     what is still to come, since their producers' clocks set them
     */
    public record PartitionProgress(int partition, int epoch, long nextOffset, OptionalLong recordTimeMillis) {}

    /**
     * Notes how far the partitions of a topic are durable, in one request. Never goes back: the write timestamp is made of
     * epoch and offset, so a note that comes late, from a replica that was paused, changes nothing.
     */
    public Uni<Void> advance(String topic, Collection<PartitionProgress> steps) {
        return database.run(statements -> {
                    BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                            .setConsistencyLevel(database.writeLevel())
                            .setExecutionProfileName("write");
                    steps.forEach(step -> batch.addStatement(note(statements, topic, step)));
                    return batch.build();
                })
                .replaceWithVoid();
    }

    private static BoundStatement note(Statements statements, String topic, PartitionProgress step) {
        BoundStatementBuilder note = statements
                .get(Cql.ADVANCE_PROGRESS)
                .boundStatementBuilder()
                .setString(0, topic)
                .setInt(1, step.partition())
                .setInt(2, step.epoch())
                .setLong(3, step.nextOffset())
                .setLong(5, ((long) step.epoch() << 48) | step.nextOffset());
        // What is not set is left as it is: a null would be a tombstone.
        step.recordTimeMillis().ifPresent(millis -> note.setBytesUnsafe(4, CqlBytes.ofLong(millis)));
        return note.build();
    }

    /**
     * How far ingest has come with a topic.
     *
     * @param epoch the topic's epoch; of one with which ingest has not begun, the one it will have
     * @param steps by partition; those of which nothing was noted yet are left out, and so is what was noted of topics
     *     that had the name before
     */
    public record TopicProgress(int epoch, Map<Integer, PartitionProgress> steps) {}

    /**
     * How far ingest has come with a topic.
     *
     * @param topicId the topic's id in Kafka
     */
    public Uni<TopicProgress> of(String topic, String topicId) {
        return epochs.expected(topic, topicId)
                .chain(epoch -> steps(topic, epoch).map(steps -> new TopicProgress(epoch, steps)));
    }

    private Uni<Map<Integer, PartitionProgress>> steps(String topic, int epoch) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.PROGRESS)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(AsyncPagingIterable::currentPage))
                .filter(row -> row.getInt(1) == epoch)
                .collect()
                .asMap(row -> row.getInt(0), IngestProgress::step);
    }

    private static PartitionProgress step(Row row) {
        // A record time that was not noted together with the offset is left over from a topic of this name before.
        boolean hasRecordTime = !row.isNull(5) && row.getLong(4) == row.getLong(5);
        return new PartitionProgress(
                row.getInt(0),
                row.getInt(1),
                row.getLong(2),
                hasRecordTime ? OptionalLong.of(CqlBytes.toLong(row.getBytesUnsafe(3))) : OptionalLong.empty());
    }
}
