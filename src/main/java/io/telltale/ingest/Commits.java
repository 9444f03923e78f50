package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.Assignment.Durable;
import io.telltale.store.IngestProgress;
import io.telltale.store.IngestProgress.Step;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells Kafka what is durable, and the store how far ingest has come. Both only ever learn of what is durable already,
 * so a commit that fails costs nothing but repeats.
 */
@Singleton
class Commits {

    private static final Logger log = Logger.getLogger(Commits.class);

    private static final String COMMITTING = "committing what is durable";

    private final KafkaClientService clients;
    private final Assignment assignment;
    private final IngestProgress progress;
    private final IngestMetrics metrics;
    private final IngestPulse pulse;
    private volatile Map<TopicPartition, Durable> committed = Map.of();
    /** The commit under way, if there is one. */
    private final AtomicReference<@Nullable Uni<Void>> underWay = new AtomicReference<>();

    @Inject
    Commits(
            KafkaClientService clients,
            @Identifier(Assignment.NAME) Assignment assignment,
            IngestProgress progress,
            IngestMetrics metrics,
            IngestPulse pulse) {
        this.clients = clients;
        this.assignment = assignment;
        this.progress = progress;
        this.metrics = metrics;
        this.pulse = pulse;
    }

    /** Commits what is durable since the last time, unless a commit is under way. To be called now and then. */
    void commit() {
        if (underWay.get() == null) {
            commitDurable().subscribe().with(done -> {}, failure -> log.debugf("The lag is not known: %s", failure));
        }
    }

    /** Completes when what is durable now is committed, or could not be. A commit under way is waited for: it began before. */
    Uni<Void> commitDurable() {
        return Uni.createFrom().deferred(() -> {
            Uni<Void> mine = commitOnce()
                    .onTermination()
                    .invoke(() -> underWay.set(null))
                    .memoize()
                    .indefinitely();
            Uni<Void> other = underWay.compareAndExchange(null, mine);
            return other == null ? mine : other.onFailure().recoverWithNull().chain(this::commitDurable);
        });
    }

    private Uni<Void> commitOnce() {
        return Uni.createFrom().deferred(() -> {
            KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(Ingest.CHANNEL);
            return consumer == null ? Uni.createFrom().voidItem() : commit(consumer);
        });
    }

    private Uni<Void> commit(KafkaConsumer<byte[], byte[]> consumer) {
        return commit(consumer, assignment.beyond(committed))
                .invoke(() -> pulse.recovered(COMMITTING))
                .onFailure()
                .invoke(failure -> pulse.failed(COMMITTING, failure))
                .onFailure()
                .recoverWithNull()
                .chain(() -> consumer.runOnPollingThread(this::measureLag));
    }

    private Uni<Void> commit(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Durable> durable) {
        if (durable.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        durable.forEach((partition, far) -> offsets.put(partition, far.toCommit()));
        // Progress first: were the offset committed and this replica to die, nobody would note it until more records
        // come. What either of the two did not take is told to both again.
        return Multi.createFrom()
                .iterable(byTopic(durable).entrySet())
                .onItem()
                .transformToUniAndMerge(topic -> progress.advance(topic.getKey(), topic.getValue()))
                .collect()
                .last()
                .chain(() -> consumer.commitAsync(offsets))
                .invoke(() -> {
                    Map<TopicPartition, Durable> all = new HashMap<>(committed);
                    // What was given away may come back with an offset that somebody has set meanwhile.
                    all.keySet().retainAll(assignment.all().keySet());
                    all.putAll(durable);
                    committed = Map.copyOf(all);
                })
                .replaceWithVoid();
    }

    private static Map<String, List<Step>> byTopic(Map<TopicPartition, Durable> durable) {
        Map<String, List<Step>> steps = new HashMap<>();
        durable.forEach((partition, far) -> steps.computeIfAbsent(partition.topic(), first -> new ArrayList<>())
                .add(new Step(
                        partition.partition(),
                        far.topic().epoch(),
                        far.end().nextOffset(),
                        far.end().recordTime())));
        return steps;
    }

    private void measureLag(Consumer<byte[], byte[]> consumer) {
        Map<String, Long> lag = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            OptionalLong behind = consumer.currentLag(partition);
            DurablePrefix prefix = assignment.prefix(partition);
            if (behind.isPresent() && prefix != null) {
                long position = consumer.position(partition);
                long durable =
                        prefix.end().nextOffset() < 0 ? position : prefix.end().nextOffset();
                // What the client knows of the end of the log may be older than what is durable since.
                lag.merge(partition.topic(), Math.max(0, position + behind.getAsLong() - durable), Long::sum);
            }
        }
        metrics.lag(lag);
    }
}
