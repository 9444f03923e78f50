package io.telltale.post;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.kafka.TopicAdmin;
import io.telltale.sensors.SensorType;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which types have a topic, as far as that was seen; those that have none are made. */
@Singleton
class PostTopics {

    private static final Duration ANSWER = Duration.ofSeconds(5);

    /** Of a topic that a POST creates. An administrator who wants another number creates the topic first. */
    private static final int PARTITIONS = 12;

    /** Far more types than there are. Forgetting them costs one look each. */
    private static final int MAX_KNOWN = 10_000;

    private final TopicAdmin admin;
    private final Set<SensorType> known = ConcurrentHashMap.newKeySet();

    @Inject
    PostTopics(TopicAdmin admin) {
        this.admin = admin;
    }

    /** Whether a type had a topic when it was seen last. */
    boolean knows(SensorType type) {
        return known.contains(type);
    }

    /** Asks again when the type is needed next: its topic may have been deleted. */
    void forget(SensorType type) {
        known.remove(type);
    }

    /** Sees to it that these types have topics; fails where Kafka does not answer within 5 s for any of them. */
    Uni<Void> provide(Collection<SensorType> types) {
        return Multi.createFrom()
                .iterable(types)
                .plug(Concatenation.unis(this::provide))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> provide(SensorType type) {
        return admin.names()
                .chain(names -> names.contains(type.topic())
                        ? Uni.createFrom().voidItem()
                        : admin.create(type.topic(), PARTITIONS, Map.of()))
                .ifNoItem()
                .after(ANSWER)
                .fail()
                .invoke(() -> {
                    if (known.size() >= MAX_KNOWN) {
                        known.clear();
                    }
                    known.add(type);
                });
    }
}
