package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Gives each topic that the tail reads its epoch, as ingest does when it starts on a topic. Event ids name these
 * topics. A topic may be deleted before ingest has started on it; without an epoch, nothing would tell which topics
 * came after it, and a gap fill would leave out those that are deleted too.
 */
@Singleton
class EpochAssignment {

    private static final Logger log = Logger.getLogger(EpochAssignment.class);

    private static final int MAX_CONCURRENT = 8;

    private final SensorTopics topics;
    private final ReplaySource source;

    /** The topics that have an epoch, or were gone before they got one, by name. */
    private final Map<String, Topic> assigned = new ConcurrentHashMap<>();

    private final AtomicBoolean isRunning = new AtomicBoolean();

    @Inject
    EpochAssignment(SensorTopics topics, ReplaySource source) {
        this.topics = topics;
        this.source = source;
    }

    /** Assigns what is missing, without waiting for it. What fails is repeated by the next call. */
    void assign(Collection<Topic> tailed) {
        assigned.keySet().retainAll(tailed.stream().map(Topic::name).collect(Collectors.toSet()));
        List<Topic> missing = tailed.stream()
                .filter(topic -> !topic.isSame(assigned.get(topic.name())))
                .toList();
        if (missing.isEmpty() || !isRunning.compareAndSet(false, true)) {
            return;
        }
        Multi.createFrom()
                .iterable(missing)
                .onItem()
                .transformToUni(this::assign)
                .merge(MAX_CONCURRENT)
                .onTermination()
                .invoke(() -> isRunning.set(false))
                .subscribe()
                .with(any -> {});
    }

    private Uni<Void> assign(Topic topic) {
        return source.assignEpoch(topic, exists(topic))
                .invoke(() -> assigned.put(topic.name(), topic))
                .onFailure()
                .invoke(failure -> log.debugf("topic=%s gets its epoch later: %s", topic.name(), failure))
                .onFailure()
                .recoverWithNull();
    }

    private Uni<Boolean> exists(Topic topic) {
        return Uni.createFrom()
                .deferred(() -> topics.find(List.of(topic.name())))
                .map(found -> topic.isSame(found.get(topic.name())));
    }
}
