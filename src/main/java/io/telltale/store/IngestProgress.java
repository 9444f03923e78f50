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

/** Stores the watermarks of ingest for readers on any replica: all records before them are durable. */
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
     * The watermark of a Kafka partition.
     *
     * @param partition the Kafka partition
     * @param epoch the topic's epoch
     * @param nextOffset the first offset that may not be durable
     * @param recordTimeMillis the record time of the last record before it; empty if producers set the record times,
     *     because these do not bound the record times of later records
     */
    public record PartitionProgress(int partition, int epoch, long nextOffset, OptionalLong recordTimeMillis) {}

    /**
     * Writes the watermarks of a topic's partitions, in one request. A watermark never goes back: its write timestamp
     * consists of epoch and offset, so a late write, from a replica that was paused, changes nothing.
     */
    public Uni<Void> advance(String topic, Collection<PartitionProgress> partitions) {
        return database.run(statements -> {
                    BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                            .setConsistencyLevel(database.writeLevel())
                            .setExecutionProfileName("write");
                    partitions.forEach(partition -> batch.addStatement(update(statements, topic, partition)));
                    return batch.build();
                })
                .replaceWithVoid();
    }

    private static BoundStatement update(Statements statements, String topic, PartitionProgress partition) {
        BoundStatementBuilder update = statements
                .get(Cql.ADVANCE_PROGRESS)
                .boundStatementBuilder()
                .setString(0, topic)
                .setInt(1, partition.partition())
                .setInt(2, partition.epoch())
                .setLong(3, partition.nextOffset())
                .setLong(5, ((long) partition.epoch() << 48) | partition.nextOffset());
        // Cassandra keeps the value of an unset column; a null would write a tombstone.
        partition.recordTimeMillis().ifPresent(millis -> update.setBytesUnsafe(4, CqlBytes.ofLong(millis)));
        return update.build();
    }

    /**
     * The watermarks of a topic.
     *
     * @param epoch the topic's epoch; if it has none, the epoch that it will get
     * @param partitions by partition; without partitions that have no watermark yet, and without watermarks of earlier
     *     incarnations of the topic
     */
    public record TopicProgress(int epoch, Map<Integer, PartitionProgress> partitions) {}

    /**
     * Reads the watermarks of a topic.
     *
     * @param topicId the topic's id in Kafka
     */
    public Uni<TopicProgress> of(String topic, String topicId) {
        return epochs.expected(topic, topicId)
                .chain(epoch -> partitions(topic, epoch).map(partitions -> new TopicProgress(epoch, partitions)));
    }

    private Uni<Map<Integer, PartitionProgress>> partitions(String topic, int epoch) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.PROGRESS)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(AsyncPagingIterable::currentPage))
                .filter(row -> row.getInt(1) == epoch)
                .collect()
                .asMap(row -> row.getInt(0), IngestProgress::partition);
    }

    private static PartitionProgress partition(Row row) {
        // A record time with another write timestamp than the offset is left over from an earlier incarnation of the
        // topic.
        boolean hasRecordTime = !row.isNull(5) && row.getLong(4) == row.getLong(5);
        return new PartitionProgress(
                row.getInt(0),
                row.getInt(1),
                row.getLong(2),
                hasRecordTime ? OptionalLong.of(CqlBytes.toLong(row.getBytesUnsafe(3))) : OptionalLong.empty());
    }
}
