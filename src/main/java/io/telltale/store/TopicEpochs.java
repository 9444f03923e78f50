package io.telltale.store;

import com.datastax.oss.driver.api.core.AsyncPagingIterable;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Assigns epochs to the incarnations of a topic. A recreated topic has a new id in Kafka, and its offsets start again
 * at 0. Its epoch, one higher than that of its predecessor, distinguishes the two. Replicas agree on it by
 * compare-and-set.
 */
@Singleton
public class TopicEpochs {

    private static final int FIRST = 1;

    private final Database database;

    /**
     * An incarnation of a topic.
     *
     * @param topicId its id in Kafka
     * @param assignedAtMicros when it got its epoch, by the clock of a node of Cassandra
     */
    public record TopicIncarnation(String topicId, int epoch, long assignedAtMicros) {}

    /** The newest incarnation of a topic that has an epoch. */
    public record NewestIncarnation(String topic, TopicIncarnation incarnation) {}

    @Inject
    TopicEpochs(Database database) {
        this.database = database;
    }

    /**
     * Finds the epoch of a topic's incarnation, or assigns the next epoch to a new one. Epochs are in the order in
     * which the topics existed: an earlier incarnation keeps its epoch, and one that is gone gets none. A replica that
     * was frozen may ask for either. As the newest, it would hide its own stored readings, and those of its successors,
     * from streams.
     *
     * @param topic its name
     * @param topicId its id in Kafka
     * @param exists asks Kafka whether the topic of this id still exists; subscribed to after the newest incarnation is
     *     read, so that no later one has an epoch already
     * @return empty if the topic is gone, and was never given an epoch; the first one gets its epoch in any case
     */
    public Uni<Optional<Integer>> of(String topic, String topicId, Uni<Boolean> exists) {
        return read(topic).chain(found -> {
            if (found.isEmpty()) {
                return insertFirst(topic, topicId).chain(() -> of(topic, topicId, exists));
            }
            TopicIncarnation newest = found.get();
            return newest.topicId().equals(topicId)
                    ? Uni.createFrom().item(Optional.of(newest.epoch()))
                    : earlier(topic).chain(earlier -> earlier.stream()
                            .filter(one -> one.topicId().equals(topicId))
                            .findFirst()
                            .map(one -> Uni.createFrom().item(Optional.of(one.epoch())))
                            .orElseGet(() -> exists.chain(isThere -> isThere
                                    ? replace(topic, topicId, newest).chain(() -> of(topic, topicId, exists))
                                    : Uni.createFrom().item(Optional.empty()))));
        });
    }

    /**
     * The same without a write, for readers: for a topic without an epoch, the one that it will get.
     */
    Uni<Integer> expected(String topic, String topicId) {
        return read(topic).map(found -> found.map(
                        current -> current.topicId().equals(topicId) ? current.epoch() : current.epoch() + 1)
                .orElse(FIRST));
    }

    /**
     * The incarnations of a topic that have an epoch, newest first: at most 128, because the origins of readings
     * hold epochs modulo 256. Empty if there is none.
     */
    public Uni<List<TopicIncarnation>> incarnations(String topic) {
        return read(topic)
                .chain(current -> earlier(topic).map(earlier -> Stream.concat(current.stream(), earlier.stream())
                        .toList()));
    }

    /** The newest incarnation of each topic, also of deleted ones: one request. */
    public Uni<List<NewestIncarnation>> newest() {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.TOPICS)
                        .boundStatementBuilder()
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(AsyncPagingIterable::currentPage))
                .map(row -> new NewestIncarnation(Objects.requireNonNull(row.getString("topic")), incarnation(row)))
                .collect()
                .asList();
    }

    private Uni<List<TopicIncarnation>> earlier(String topic) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.EARLIER_TOPICS)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(AsyncPagingIterable::currentPage))
                .map(TopicEpochs::incarnation)
                .collect()
                .asList();
    }

    private static TopicIncarnation incarnation(Row row) {
        return new TopicIncarnation(
                Objects.requireNonNull(row.getString("topic_id")), row.getInt("epoch"), row.getLong("assigned_at"));
    }

    private Uni<Optional<TopicIncarnation>> read(String topic) {
        return database.run(statements -> statements
                        .get(Cql.TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one()).map(TopicEpochs::incarnation));
    }

    private Uni<Void> insertFirst(String topic, String topicId) {
        return database.run(statements -> statements
                        .get(Cql.FIRST_TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setString(1, topicId)
                        .setInt(2, FIRST)
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Keeps the previous incarnation before it is replaced: a crash in between must not lose it. */
    private Uni<Void> replace(String topic, String topicId, TopicIncarnation previous) {
        return keep(topic, previous)
                .chain(() -> database.run(statements -> statements
                        .get(Cql.NEXT_TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topicId)
                        .setInt(1, previous.epoch() + 1)
                        .setString(2, topic)
                        .setString(3, previous.topicId())
                        .setInt(4, previous.epoch())
                        .setExecutionProfileName("registry")
                        .build()))
                .replaceWithVoid();
    }

    /** Its write timestamp stays that of the assignment: it tells which topics a stream may have missed. */
    private Uni<Void> keep(String topic, TopicIncarnation previous) {
        return database.run(statements -> statements
                        .get(Cql.EARLIER_TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setInt(1, previous.epoch())
                        .setString(2, previous.topicId())
                        .setLong(3, previous.assignedAtMicros())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
