package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.Optional;

/**
 * Which topic of a name is meant. A topic that is deleted and made anew has another id in Kafka, and its offsets begin
 * again at 0; its epoch, one higher than that of the topic before, keeps the two apart. Agreed on by compare-and-set.
 */
@Singleton
public class TopicEpochs {

    private static final int FIRST = 1;

    private final Database database;

    /** Which topic of a name is the one that is there now, as replicas agreed. */
    private record Agreed(String topicId, int epoch) {}

    @Inject
    TopicEpochs(Database database) {
        this.database = database;
    }

    /**
     * The epoch of the topic that has this id now.
     *
     * @param topic its name
     * @param topicId its id in Kafka
     */
    public Uni<Integer> of(String topic, String topicId) {
        return read(topic).chain(found -> {
            if (found.isEmpty()) {
                return first(topic, topicId).chain(() -> of(topic, topicId));
            }
            Agreed agreed = found.get();
            return agreed.topicId().equals(topicId)
                    ? Uni.createFrom().item(agreed.epoch())
                    : next(topic, topicId, agreed).chain(() -> of(topic, topicId));
        });
    }

    /**
     * The same for readers, who agree on nothing: of a topic with which ingest has not begun, the epoch that it will have.
     */
    Uni<Integer> expected(String topic, String topicId) {
        return read(topic).map(found -> found.map(
                        agreed -> agreed.topicId().equals(topicId) ? agreed.epoch() : agreed.epoch() + 1)
                .orElse(FIRST));
    }

    private Uni<Optional<Agreed>> read(String topic) {
        return database.run(statements -> statements
                        .get(Cql.TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one())
                        .map(row ->
                                new Agreed(Objects.requireNonNull(row.getString("topic_id")), row.getInt("epoch"))));
    }

    private Uni<Void> first(String topic, String topicId) {
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

    private Uni<Void> next(String topic, String topicId, Agreed before) {
        return database.run(statements -> statements
                        .get(Cql.NEXT_TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topicId)
                        .setInt(1, before.epoch() + 1)
                        .setString(2, topic)
                        .setString(3, before.topicId())
                        .setInt(4, before.epoch())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
