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

/** Caches which sensor types have a topic, and creates missing topics. Safe for any number of threads. */
@Singleton
class PostTopics {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Of a topic that a POST creates. An administrator who wants another number creates the topic first. */
    private static final int PARTITIONS = 12;

    /** Far more types than exist. Each evicted type costs one request. */
    private static final int MAX_KNOWN = 10_000;

    private final TopicAdmin admin;
    private final Set<SensorType> known = ConcurrentHashMap.newKeySet();

    @Inject
    PostTopics(TopicAdmin admin) {
        this.admin = admin;
    }

    /** Whether the topic of a type existed at the last check. */
    boolean knows(SensorType type) {
        return known.contains(type);
    }

    /** Evicts a type: its topic may have been deleted. */
    void forget(SensorType type) {
        known.remove(type);
    }

    /** Creates the topics that are missing; fails if Kafka does not answer within 5 s for one of them. */
    Uni<Void> createMissing(Collection<SensorType> types) {
        return Multi.createFrom()
                .iterable(types)
                .plug(Concatenation.unis(this::createIfMissing))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> createIfMissing(SensorType type) {
        return admin.names()
                .chain(names -> names.contains(type.topic())
                        ? Uni.createFrom().voidItem()
                        : admin.create(type.topic(), PARTITIONS, Map.of()))
                .ifNoItem()
                .after(TIMEOUT)
                .fail()
                .invoke(() -> {
                    if (known.size() >= MAX_KNOWN) {
                        known.clear();
                    }
                    known.add(type);
                });
    }
}
