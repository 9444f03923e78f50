package io.telltale.live;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.telltale.kafka.ConsumerSettings;
import io.telltale.live.CatchUp.Step;
import io.telltale.settings.RateLimitedLog;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads for those who resume what they missed, in turns of a poll each, so that one who is far behind holds up nobody. One
 * consumer and one thread, which wait for Kafka and end when nobody is behind; who reads slowly waits in no queue.
 */
@Singleton
class CatchUpScheduler {

    private static final Logger log = Logger.getLogger(CatchUpScheduler.class);
    private static final RateLimitedLog FAILED = new RateLimitedLog(log, Logger.Level.ERROR);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final long SOON_MILLIS = 20;
    private static final long AFTER_FAILURE_MILLIS = 1_000;
    private static final int FETCH_BYTES = 4 * 1024 * 1024;
    private static final int PARTITION_FETCH_BYTES = 256 * 1024;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Executor thread;
    private final Duration idle;
    private final Tail tail;
    private final Hub hub;
    private final LiveDecoder decoder;
    private final SensorTopics topics;
    private final Vertx vertx;

    /** At most one for each subscriber, whose number is bounded. */
    private final BlockingQueue<CatchUp> queue = new LinkedBlockingQueue<>();

    /** Gives from history what Kafka has removed; told once, since that needs what is here for the rest. */
    private BiConsumer<Subscriber, EventId> gapFiller = (subscriber, from) -> begin(subscriber, from.withReplay(null));

    // Guarded by this.
    private boolean isRunning;
    private boolean isStopping;
    private @Nullable Consumer<byte[], byte[]> running;

    @Inject
    CatchUpScheduler(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            Tail tail,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics,
            Vertx vertx) {
        this(
                () -> new KafkaConsumer<>(consumerSettings(kafka)),
                CatchUpScheduler::startThread,
                IDLE,
                tail,
                hub,
                decoder,
                topics,
                vertx);
    }

    /**
     * Creates an empty queue.
     *
     * @param consumers opens the consumer of one run
     * @param thread executes a run, which blocks
     * @param idle how long a run waits for the next catch-up before it ends
     */
    CatchUpScheduler(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Executor thread,
            Duration idle,
            Tail tail,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics,
            Vertx vertx) {
        this.consumers = consumers;
        this.thread = thread;
        this.idle = idle;
        this.tail = tail;
        this.hub = hub;
        this.decoder = decoder;
        this.topics = topics;
        this.vertx = vertx;
    }

    private static Map<String, Object> consumerSettings(Map<String, Object> kafka) {
        // No reset: records that Kafka has removed must be noticed, not skipped.
        Map<String, Object> settings = ConsumerSettings.withoutCommits(kafka, "telltale-live-catch-up", "none");
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        return settings;
    }

    private static void startThread(Runnable run) {
        Thread thread = new Thread(run, "live-catch-up");
        thread.setDaemon(true);
        thread.start();
    }

    void setGapFiller(BiConsumer<Subscriber, EventId> filler) {
        gapFiller = filler;
    }

    /** Brings a subscriber, who is among those of the hub, from an id to where the tail is. */
    void begin(Subscriber subscriber, EventId from) {
        enqueue(new CatchUp(subscriber, from, tail, hub, decoder, topics));
    }

    private void enqueue(CatchUp catchUp) {
        queue.add(catchUp);
        synchronized (this) {
            if (!isRunning && !isStopping) {
                isRunning = true;
                thread.execute(this::run);
            }
        }
    }

    private void run() {
        boolean isFailed = false;
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            synchronized (this) {
                running = consumer;
            }
            for (CatchUp next = next(); next != null; next = next()) {
                take(next, consumer);
            }
        } catch (InterruptedException | WakeupException e) {
            log.debugf("Nobody catches up any more: %s", e);
        } catch (RuntimeException | Error e) {
            FAILED.say("Catching up failed, by a fault of its own", e);
            isFailed = true;
        }
        ended(isFailed);
    }

    private @Nullable CatchUp next() throws InterruptedException {
        return isStopping() ? null : queue.poll(idle.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized boolean isStopping() {
        return isStopping;
    }

    private void ended(boolean isFailed) {
        boolean isSomebodyLeft;
        synchronized (this) {
            isRunning = false;
            running = null;
            isSomebodyLeft = !queue.isEmpty();
        }
        CatchUp next = isSomebodyLeft ? queue.poll() : null;
        if (next != null && isFailed) {
            later(next, AFTER_FAILURE_MILLIS);
        } else if (next != null) {
            enqueue(next);
        }
    }

    private void take(CatchUp catchUp, Consumer<byte[], byte[]> consumer) {
        if (!hub.has(catchUp.subscriber())) {
            return;
        }
        try {
            Step step = catchUp.step(consumer, () -> enqueue(catchUp));
            switch (step) {
                case CONTINUE -> queue.add(catchUp);
                case RETRY_SOON -> later(catchUp, SOON_MILLIS);
                case FILL_GAP -> gapFiller.accept(catchUp.subscriber(), catchUp.gapFill());
                case AWAIT_CAPACITY, DONE -> {}
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.debugf("Catching up waits for Kafka: %s", e);
            later(catchUp, AFTER_FAILURE_MILLIS);
        } catch (TooManyPartitionsException e) {
            hub.dismiss(catchUp.subscriber());
        } catch (RuntimeException | Error e) {
            // An error, too: who waits in queue behind this one would wait for ever.
            FAILED.say("Catching up failed, by a fault of its own", e);
            hub.dismiss(catchUp.subscriber());
        }
    }

    private void later(CatchUp catchUp, long millis) {
        vertx.setTimer(millis, timer -> enqueue(catchUp));
    }

    void stop(@Observes ShutdownEvent shutdown) {
        Consumer<byte[], byte[]> consumer;
        synchronized (this) {
            isStopping = true;
            consumer = running;
        }
        if (consumer != null) {
            consumer.wakeup();
        }
    }
}
