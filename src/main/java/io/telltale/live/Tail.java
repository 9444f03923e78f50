package io.telltale.live;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.kafka.ConsumerSettings;
import io.telltale.live.TailedTopics.Discovery;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads the topics that have subscribers, and publishes their records. One tail serves all subscribers of this replica.
 * It reads all partitions without a consumer group, because ingest reads only the partitions that are assigned to this
 * replica.
 *
 * <p>Runs while there are subscribers, on its own thread, because Kafka's consumer blocks. After a failure it restarts
 * behind the last published record.
 */
@Singleton
class Tail {

    private static final Logger log = Logger.getLogger(Tail.class);
    private static final RateLimitedLog INTERRUPTED = new RateLimitedLog(log, Logger.Level.WARN);
    private static final RateLimitedLog UNEXPECTED = new RateLimitedLog(log, Logger.Level.ERROR);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long RESTART_MILLIS = 1_000;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Executor thread;
    private final TailedTopics topics;
    private final TailPosition position;
    private final Hub hub;
    private final Clock clock;
    private final Vertx vertx;
    private final long discoveryMillis;

    // Guarded by this.
    private final List<UniEmitter<? super Void>> requests = new ArrayList<>();
    private @Nullable Consumer<byte[], byte[]> consumer;
    private boolean isRunning;
    private boolean isStopping;

    /** Whether the tail reads every topic that exists; false while it does not run. */
    private boolean isOnAllTopics;

    /** Receives an element with each request, because without topics there is no poll to wait in. */
    private final BlockingQueue<Boolean> wakeups = new ArrayBlockingQueue<>(1);

    @Inject
    Tail(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            LiveConfig config,
            TailedTopics topics,
            TailPosition position,
            Hub hub,
            Clock clock,
            Vertx vertx) {
        this(
                () -> new KafkaConsumer<>(ConsumerSettings.withoutCommits(kafka, "telltale-live", "none")),
                Tail::startThread,
                config,
                topics,
                position,
                hub,
                clock,
                vertx);
    }

    /**
     * Creates a tail that is not running.
     *
     * @param consumers opens the consumer of one run
     * @param thread executes a run, which blocks
     */
    Tail(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Executor thread,
            LiveConfig config,
            TailedTopics topics,
            TailPosition position,
            Hub hub,
            Clock clock,
            Vertx vertx) {
        this.consumers = consumers;
        this.thread = thread;
        this.topics = topics;
        this.position = position;
        this.hub = hub;
        this.clock = clock;
        this.vertx = vertx;
        this.discoveryMillis = Bounds.within(
                        "telltale.live.discovery", config.discovery(), Duration.ofMillis(100), Duration.ofSeconds(10))
                .toMillis();
    }

    private static void startThread(Runnable run) {
        Thread thread = new Thread(run, "live-tail");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Includes the topics of a subscription. Completes when every record that is sent from now on will be published;
     * fails if Kafka does not answer.
     *
     * @param subscription of a subscriber that the hub knows already, so that its topics are not dropped meanwhile
     */
    Uni<Void> include(Subscription subscription) {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                if (isIncluded(subscription)) {
                    emitter.complete(null);
                    return;
                }
                requests.add(emitter);
                start();
            }
            wakeups.offer(true);
        });
    }

    private boolean isIncluded(Subscription subscription) {
        return subscription.types().isEmpty() ? isOnAllTopics : consumer != null && topics.contains(subscription);
    }

    private synchronized void start() {
        if (!isRunning && !isStopping) {
            isRunning = true;
            thread.execute(this::run);
        }
    }

    private void run() {
        try (Consumer<byte[], byte[]> opened = consumers.get()) {
            follow(opened);
            end();
        } catch (WakeupException e) {
            fail(e);
        } catch (KafkaException e) {
            INTERRUPTED.say("The live tail failed and restarts in 1 s: " + e);
            fail(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(new InterruptException(e));
        } catch (RuntimeException | Error e) {
            // Also an error: without a restart, open streams would carry heartbeats only, and report nothing.
            UNEXPECTED.say("The live tail failed unexpectedly and restarts in 1 s", e);
            fail(e);
        }
    }

    private void follow(Consumer<byte[], byte[]> opened) throws InterruptedException {
        discover(opened);
        assign(opened);
        synchronized (this) {
            consumer = opened;
        }
        long discoverAtMillis = clock.millis() + discoveryMillis;
        while (isNeeded()) {
            if (opened.assignment().isEmpty()) {
                wakeups.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
            } else {
                publish(opened);
            }
            if (hasRequests() || topics.isDiscoveryDue() || clock.millis() >= discoverAtMillis) {
                update(opened);
                discoverAtMillis = clock.millis() + discoveryMillis;
            }
        }
    }

    private void publish(Consumer<byte[], byte[]> opened) {
        try {
            ConsumerRecords<byte[], byte[]> records = opened.poll(POLL);
            if (!topics.areCurrent(records.partitions())) {
                // Discards the records: they are not of the topics that the ids of their events would name.
                update(opened);
                assign(opened);
                return;
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                topics.published(record);
                position.publish(record);
            }
        } catch (OffsetOutOfRangeException e) {
            // Kafka removed the records at the position, or the topic was recreated, which a discovery finds.
            update(opened);
            if (topics.skipMissing(opened, e.offsetOutOfRangePartitions().keySet())) {
                assign(opened);
            }
        }
    }

    private synchronized boolean hasRequests() {
        return !requests.isEmpty();
    }

    /** Whether the run continues. After false, {@link #include} waits for the next run. */
    private synchronized boolean isNeeded() {
        boolean isNeeded = !isStopping && (!hub.isEmpty() || !position.isEmpty());
        if (!isNeeded) {
            consumer = null;
            isOnAllTopics = false;
        }
        return isNeeded;
    }

    private void update(Consumer<byte[], byte[]> opened) {
        try {
            if (discover(opened)) {
                assign(opened);
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.debugf("Topic discovery failed; the tail continues with the topics it has: %s", e);
            topics.discoveryFailed();
            failRequests(e);
        }
    }

    private void assign(Consumer<byte[], byte[]> opened) {
        Map<TopicPartition, Long> next = position.byPartition();
        opened.assign(next.keySet());
        next.forEach(opened::seek);
        log.infof("Tailing %d partitions for live streams", next.size());
    }

    /**
     * Updates the topics, and completes the requests that were made before.
     *
     * @return whether the set of topics or partitions changed
     */
    private boolean discover(Consumer<byte[], byte[]> opened) {
        List<UniEmitter<? super Void>> served;
        synchronized (this) {
            served = List.copyOf(requests);
        }
        Discovery discovery = topics.discover(opened);
        boolean isChanged;
        synchronized (this) {
            isChanged = topics.apply(discovery);
            isOnAllTopics = topics.containsAll(discovery) && hub.hasSubscribersOfAllTopics();
            requests.removeAll(served);
        }
        served.forEach(emitter -> emitter.complete(null));
        return isChanged;
    }

    /** Ends a run that is not needed any more. */
    private synchronized void end() {
        reset();
        topics.clear();
        if (!requests.isEmpty()) {
            start();
        }
    }

    private void fail(Throwable failure) {
        reset();
        failRequests(failure);
        if (!isStopping()) {
            vertx.setTimer(RESTART_MILLIS, timer -> restart());
        }
    }

    private synchronized void reset() {
        isRunning = false;
        consumer = null;
        isOnAllTopics = false;
    }

    private void failRequests(Throwable failure) {
        List<UniEmitter<? super Void>> failed;
        synchronized (this) {
            failed = List.copyOf(requests);
            requests.clear();
        }
        failed.forEach(emitter -> emitter.fail(failure));
    }

    private synchronized boolean isStopping() {
        return isStopping;
    }

    private synchronized void restart() {
        if (!hub.isEmpty()) {
            start();
        } else if (!isRunning) {
            topics.clear();
        }
    }

    void stop(@Observes ShutdownEvent shutdown) {
        Consumer<byte[], byte[]> running;
        synchronized (this) {
            isStopping = true;
            running = consumer;
        }
        if (running != null) {
            running.wakeup();
        }
    }
}
