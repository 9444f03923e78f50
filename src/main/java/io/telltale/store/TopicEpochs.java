package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Objects;

/**
 * Which topic of a name is meant. A topic that is deleted and made anew has another id in Kafka, and its offsets begin
 * again at 0; its epoch, one higher than that of the topic before, keeps the two apart. Agreed on by compare-and-set.
 */
@Singleton
public class TopicEpochs {

    private static final int FIRST = 1;

    private final Database database;

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
        return database.run(statements -> statements
                        .get(Cql.TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topic)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> rows.one())
                .chain(row -> {
                    if (row == null) {
                        return first(topic, topicId).chain(() -> of(topic, topicId));
                    }
                    String known = Objects.requireNonNull(row.getString("topic_id"));
                    int epoch = row.getInt("epoch");
                    return known.equals(topicId)
                            ? Uni.createFrom().item(epoch)
                            : next(topic, topicId, known, epoch).chain(() -> of(topic, topicId));
                });
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

    private Uni<Void> next(String topic, String topicId, String known, int epoch) {
        return database.run(statements -> statements
                        .get(Cql.NEXT_TOPIC)
                        .boundStatementBuilder()
                        .setString(0, topicId)
                        .setInt(1, epoch + 1)
                        .setString(2, topic)
                        .setString(3, known)
                        .setInt(4, epoch)
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
