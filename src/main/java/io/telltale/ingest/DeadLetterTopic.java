package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.telltale.kafka.TopicAdmin;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/**
 * The topic of the dead letters. It is created if it does not exist. An existing one is used as it is, so a service
 * without the right to create topics works with a topic that its administrator created.
 */
@Singleton
public class DeadLetterTopic {

    static final String NAME = "sensor-dead-letters";

    private static final int PARTITIONS = 3;

    /** A letter is its record and a few KiB of headers: twice the default, so that the largest default record fits. */
    private static final String MAX_MESSAGE_BYTES = "2097152";

    private final TopicAdmin admin;
    private volatile @Nullable String refusal;
    private volatile boolean isVerified;

    @Inject
    DeadLetterTopic(TopicAdmin admin) {
        this.admin = admin;
    }

    /** Creates the topic unless it exists; fails if Kafka is unavailable or refuses. */
    Uni<Void> ensureExists() {
        return admin.describe(List.of(NAME))
                .chain(found -> found.isEmpty() ? create() : Uni.createFrom().voidItem())
                .invoke(() -> {
                    refusal = null;
                    isVerified = true;
                });
    }

    private Uni<Void> create() {
        return admin.create(NAME, PARTITIONS, Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, MAX_MESSAGE_BYTES))
                // An outage says nothing about the topic.
                .onFailure(DeadLetterTopic::isRefusal)
                .invoke(failure -> refusal =
                        "topic=%s does not exist and cannot be created: %s".formatted(NAME, failure.getMessage()));
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof ApiException && !(failure instanceof RetriableException);
    }

    /** Whether the topic was found or created. Stays true during an outage of Kafka. */
    public boolean isVerified() {
        return isVerified;
    }

    /** Why Kafka refuses to create the topic; empty if it exists, or if that is unknown. */
    public Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }
}
