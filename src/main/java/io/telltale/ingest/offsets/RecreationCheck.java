package io.telltale.ingest.offsets;

import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Asks for the ids of topics after their records were polled, so that no record of a recreated topic is stored as one
 * of its predecessor: a gap fill of a stream would deliver it, and Kafka would deliver it again. The consumer goes on
 * in the new topic without notice. Offsets do not tell if the new topic is larger, or if nothing was read of the old
 * one.
 *
 * <p>Asks at most once in {@link #TRUST} for each topic. That is shorter than it takes to delete a topic, to recreate
 * it and to read from it, and costs little under load.
 */
@Singleton
class RecreationCheck {

    private static final Logger log = Logger.getLogger(RecreationCheck.class);

    /** For so long an id is valid. */
    static final Duration TRUST = Duration.ofMillis(50);

    /** Records are stored also if Kafka does not tell the ids; it is asked again after the same time. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    private final StartOffsets startOffsets;
    private final LongSupplier nanoTime;

    /**
     * When the id of a topic was last requested, by name. What is too old to count is removed with the next request.
     */
    private final Map<String, Long> askedAtNanos = new ConcurrentHashMap<>();

    @Inject
    RecreationCheck(StartOffsets startOffsets) {
        this(startOffsets, System::nanoTime);
    }

    RecreationCheck(StartOffsets startOffsets, LongSupplier nanoTime) {
        this.startOffsets = startOffsets;
        this.nanoTime = nanoTime;
    }

    /** Finds recreated topics among those of polled records; these are read again. Never fails. */
    Uni<Void> find(Collection<TopicPartition> polled) {
        return Uni.createFrom().deferred(() -> {
            long now = nanoTime.getAsLong();
            Set<String> due = new HashSet<>();
            for (TopicPartition partition : polled) {
                Long before = askedAtNanos.get(partition.topic());
                if (before == null || now - before >= TRUST.toNanos()) {
                    due.add(partition.topic());
                }
            }
            return due.isEmpty() ? Uni.createFrom().voidItem() : find(due, now);
        });
    }

    private Uni<Void> find(Set<String> names, long nowNanos) {
        return startOffsets
                .findRecreated(names)
                .ifNoItem()
                .after(LIMIT)
                .fail()
                .invoke(isFound -> {
                    askedAtNanos.values().removeIf(asked -> nowNanos - asked >= TRUST.toNanos());
                    names.forEach(name -> askedAtNanos.put(name, nowNanos));
                    if (isFound) {
                        startOffsets.refresh();
                    }
                })
                .onFailure()
                .invoke(failure -> {
                    log.debugf("The topic ids are unknown: %s", failure);
                    // Otherwise each poll would wait.
                    long again = nanoTime.getAsLong() + LIMIT.minus(TRUST).toNanos();
                    names.forEach(name -> askedAtNanos.put(name, again));
                })
                .onFailure()
                .recoverWithNull()
                .replaceWithVoid();
    }
}
