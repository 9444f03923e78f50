package io.telltale.post;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.post.PostProducer.Sent;
import io.telltale.sensors.SensorType;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sends the batches of one POST to Kafka, one after another, so that the readings of a sensor keep their order. At most
 * a window of 64 KiB and one batch is in flight. Everything happens on the event loop of the connection.
 */
final class BatchSender {

    private static final int WINDOW_BYTES = 64 << 10;

    private final PostTopics topics;
    private final PostProducer producer;
    private final Clock clock;
    private final Duration timeout;
    private final Executor eventLoop;
    private final PostOutcome outcome;
    private final Consumer<Throwable> onFailure;

    private final List<Waiter> waiters = new ArrayList<>();
    private long inFlightBytes;
    private long progressMillis;
    private boolean isStalled;

    private record Waiter(BooleanSupplier condition, UniEmitter<? super Void> emitter) {}

    /**
     * @param timeout for Kafka to acknowledge something of what is in flight; the producer's own timeouts are shorter
     * @param onFailure called, perhaps several times, when a batch in flight fails
     */
    BatchSender(
            PostTopics topics,
            PostProducer producer,
            Clock clock,
            Duration timeout,
            Executor eventLoop,
            PostOutcome outcome,
            Consumer<Throwable> onFailure) {
        this.topics = topics;
        this.producer = producer;
        this.clock = clock;
        this.timeout = timeout;
        this.eventLoop = eventLoop;
        this.outcome = outcome;
        this.onFailure = onFailure;
    }

    /**
     * Sends a batch, and creates missing topics first.
     *
     * @return completes when the next batch may be sent: the window has capacity
     */
    Uni<Void> send(ReadingBatch batch) {
        if (batch.readings().isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return createTopics(batch).invoke(() -> handOver(batch)).chain(() -> when(() -> inFlightBytes < WINDOW_BYTES));
    }

    private Uni<Void> createTopics(ReadingBatch batch) {
        Set<SensorType> missing = batch.readings().stream()
                .map(element ->
                        Objects.requireNonNull(element.accepted()).reading().type())
                .filter(type -> !topics.knows(type))
                .collect(Collectors.toSet());
        if (missing.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return topics.createMissing(missing)
                .ifNoItem()
                .after(timeout)
                .fail()
                .onFailure()
                .transform(BatchSender::kafkaUnavailable)
                .emitOn(eventLoop);
    }

    private void handOver(ReadingBatch batch) {
        inFlightBytes += batch.bytes();
        progressMillis = clock.millis();
        producer.send(batch.readings(), sent -> eventLoop.execute(() -> settle(batch, sent)));
    }

    private void settle(ReadingBatch batch, Sent sent) {
        inFlightBytes -= batch.bytes();
        progressMillis = clock.millis();
        outcome.addAccepted(sent.acknowledged());
        if (sent.failure() != null) {
            onFailure.accept(kafkaUnavailable(sent.failure()));
        }
        signalWaiters();
    }

    /** Gives up what is in flight if Kafka has acknowledged nothing of it for too long. */
    void checkTimeout() {
        if (inFlightBytes > 0 && clock.millis() - progressMillis > timeout.toMillis()) {
            isStalled = true;
            onFailure.accept(kafkaUnavailable(null));
            signalWaiters();
        }
    }

    private static ProblemException kafkaUnavailable(@Nullable Throwable cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.KAFKA_UNAVAILABLE,
                        "Kafka did not acknowledge all readings; it is safe to send all of them again"),
                cause);
    }

    /** Completes when it is known of each record whether Kafka has it, or after the timeout. Never fails. */
    Uni<Void> settled() {
        return when(() -> inFlightBytes == 0 || isStalled);
    }

    /** Completes when nothing is held in memory any more. Never fails. */
    Uni<Void> idle() {
        return when(() -> inFlightBytes == 0);
    }

    private Uni<Void> when(BooleanSupplier condition) {
        return Uni.createFrom().emitter(emitter -> {
            if (condition.getAsBoolean()) {
                emitter.complete(null);
            } else {
                waiters.add(new Waiter(condition, emitter));
            }
        });
    }

    private void signalWaiters() {
        for (Waiter waiter : List.copyOf(waiters)) {
            if (waiter.condition.getAsBoolean() && waiters.remove(waiter)) {
                waiter.emitter.complete(null);
            }
        }
    }
}
