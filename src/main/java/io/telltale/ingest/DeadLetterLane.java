package io.telltale.ingest;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.ingest.offsets.Slice;
import io.telltale.wire.DecodeResult.Rejected;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends rejected records to the dead-letter topic, with retry, and bounds those in flight. Runs on {@link IngestLoop}.
 */
@Singleton
class DeadLetterLane {

    private static final Logger log = Logger.getLogger(DeadLetterLane.class);

    private final IngestConfig config;
    private final DeadLetters deadLetters;
    private final DeadLetterTopic topic;
    private final OutageRetry retry;
    private final IngestMetrics metrics;
    private final IngestHealth health;
    private final IngestLoop loop;
    private int inFlight;
    private long bytesInFlight;

    /** The poll that waits for capacity; one at most, since polls are processed one after another. */
    private @Nullable UniEmitter<? super Void> waiting;

    @Inject
    DeadLetterLane(
            IngestConfig config,
            DeadLetters deadLetters,
            DeadLetterTopic topic,
            OutageRetry retry,
            IngestMetrics metrics,
            IngestHealth health,
            IngestLoop loop) {
        this.config = IngestSettings.checked(config);
        this.deadLetters = deadLetters;
        this.topic = topic;
        this.retry = retry;
        this.metrics = metrics;
        this.health = health;
        this.loop = loop;
    }

    void start(@Observes StartupEvent start) {
        retry.untilSuccess("creating the dead-letter topic", topic.ensureExists())
                .subscribe()
                .with(created -> {}, failure -> log.errorf(failure, "Cannot create topic=%s", DeadLetterTopic.NAME));
    }

    /** Sends a record, and acknowledges it in its slice when Kafka has acknowledged the dead letter. */
    void send(ConsumerRecord<byte[], byte[]> record, Rejected rejected, Slice slice) {
        metrics.rejected(record.topic(), rejected.reason());
        long bytes = DeadLetters.sizeBytes(record);
        inFlight++;
        bytesInFlight += bytes;
        retry.untilSuccess("sending dead letters", deadLetters.send(record, rejected))
                .emitOn(loop)
                .subscribe()
                .with(
                        sent -> {
                            inFlight--;
                            bytesInFlight -= bytes;
                            slice.acknowledge();
                            resume();
                        },
                        health::reportBug);
    }

    /** Completes when fewer dead letters are in flight than the settings allow. */
    Uni<Void> awaitCapacity() {
        return hasCapacity() ? Uni.createFrom().voidItem() : Uni.createFrom().emitter(emitter -> waiting = emitter);
    }

    boolean isIdle() {
        return inFlight == 0;
    }

    private void resume() {
        UniEmitter<? super Void> emitter = waiting;
        if (emitter != null && hasCapacity()) {
            waiting = null;
            emitter.complete(null);
        }
    }

    private boolean hasCapacity() {
        return inFlight < config.deadLettersInFlight() && bytesInFlight < config.deadLetterBytesInFlight();
    }
}
