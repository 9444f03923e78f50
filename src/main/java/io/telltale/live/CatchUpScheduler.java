package io.telltale.live;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Identifier;
import io.telltale.kafka.ConsumerSettings;
import io.telltale.live.CatchUp.Step;
import io.telltale.live.CreatedTopics.TopicSearch;
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
 * Runs the catch-ups of resumed subscribers on one consumer and one thread. The catch-ups alternate, one poll at a
 * time, so that a long one does not delay the others. A catch-up whose client reads slowly waits outside the queue. The
 * thread blocks in the consumer, and ends when there are no catch-ups.
 */
@Singleton
class CatchUpScheduler {

    private static final Logger log = Logger.getLogger(CatchUpScheduler.class);
    private static final RateLimitedLog UNEXPECTED = new RateLimitedLog(log, Logger.Level.ERROR);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final long RETRY_MILLIS = 20;
    private static final long FAILURE_RETRY_MILLIS = 1_000;
    private static final int FETCH_BYTES = 4 * 1024 * 1024;
    private static final int PARTITION_FETCH_BYTES = 256 * 1024;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Executor thread;
    private final Duration idle;
    private final TailPosition tail;
    private final Hub hub;
    private final LiveDecoder decoder;
    private final SensorTopics topics;
    private final CreatedTopics createdTopics;
    private final Vertx vertx;

    /** Bounded by the number of subscribers: each has at most one catch-up. */
    private final BlockingQueue<CatchUp> queue = new LinkedBlockingQueue<>();

    /** Fills gaps from history. Set once, because the replays in turn need this scheduler. */
    private BiConsumer<Subscriber, EventId> gapFiller = (subscriber, from) -> start(subscriber, from.withoutReplay());

    // Guarded by this.
    private boolean isRunning;
    private boolean isStopping;
    private @Nullable Consumer<byte[], byte[]> running;

    @Inject
    CatchUpScheduler(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            TailPosition tail,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics,
            CreatedTopics createdTopics,
            Vertx vertx) {
        this(
                () -> new KafkaConsumer<>(consumerSettings(kafka)),
                CatchUpScheduler::startThread,
                IDLE,
                tail,
                hub,
                decoder,
                topics,
                createdTopics,
                vertx);
    }

    /**
     * Creates a scheduler without catch-ups.
     *
     * @param consumers opens the consumer of one run
     * @param thread executes a run, which blocks
     * @param idle how long a run waits for the next catch-up before it ends
     */
    CatchUpScheduler(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Executor thread,
            Duration idle,
            TailPosition tail,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics,
            CreatedTopics createdTopics,
            Vertx vertx) {
        this.consumers = consumers;
        this.thread = thread;
        this.idle = idle;
        this.tail = tail;
        this.hub = hub;
        this.decoder = decoder;
        this.topics = topics;
        this.createdTopics = createdTopics;
        this.vertx = vertx;
        tail.setCatchUps(this::start);
    }

    private static Map<String, Object> consumerSettings(Map<String, Object> kafka) {
        // No reset: records that Kafka has removed must be noticed, not skipped.
        Map<String, Object> settings = ConsumerSettings.ofParts(kafka, "telltale-live-catch-up", "none");
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

    /** Starts a catch-up of a registered subscriber, from an id to the position of the tail. */
    void start(Subscriber subscriber, EventId from) {
        start(subscriber, TopicSearch.of(from));
    }

    private void start(Subscriber subscriber, TopicSearch from) {
        enqueue(new CatchUp(subscriber, from, tail, hub, decoder, topics));
    }

    private void findTopics(CatchUp catchUp) {
        Subscriber subscriber = catchUp.subscriber();
        createdTopics
                .find(subscriber.subscription(), catchUp.nextSearch())
                .subscribe()
                .with(search -> start(subscriber, search));
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
                step(next, consumer);
            }
        } catch (InterruptedException | WakeupException e) {
            log.debugf("The thread of catch-ups ends: %s", e);
        } catch (RuntimeException | Error e) {
            UNEXPECTED.say("The thread of catch-ups failed unexpectedly and restarts in 1 s", e);
            isFailed = true;
        }
        end(isFailed);
    }

    private @Nullable CatchUp next() throws InterruptedException {
        return isStopping() ? null : queue.poll(idle.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized boolean isStopping() {
        return isStopping;
    }

    private void end(boolean isFailed) {
        boolean isWorkLeft;
        synchronized (this) {
            isRunning = false;
            running = null;
            isWorkLeft = !queue.isEmpty();
        }
        CatchUp next = isWorkLeft ? queue.poll() : null;
        if (next != null && isFailed) {
            enqueueLater(next, FAILURE_RETRY_MILLIS);
        } else if (next != null) {
            enqueue(next);
        }
    }

    private void step(CatchUp catchUp, Consumer<byte[], byte[]> consumer) {
        if (!hub.has(catchUp.subscriber())) {
            return;
        }
        try {
            Step step = catchUp.step(consumer, () -> enqueue(catchUp));
            switch (step) {
                case CONTINUE -> queue.add(catchUp);
                case RETRY_SOON -> enqueueLater(catchUp, RETRY_MILLIS);
                case FILL_GAP -> gapFiller.accept(catchUp.subscriber(), catchUp.gapFill());
                case FIND_TOPICS -> findTopics(catchUp);
                case AWAIT_CAPACITY, DONE -> {}
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            log.debugf("A catch-up failed and is retried in 1 s: %s", e);
            enqueueLater(catchUp, FAILURE_RETRY_MILLIS);
        } catch (TooManyPartitionsException e) {
            hub.dismiss(catchUp.subscriber(), Goodbye.INTERRUPTED);
        } catch (RuntimeException | Error e) {
            // Also an error: otherwise the catch-ups behind this one would wait forever.
            UNEXPECTED.say("A catch-up failed unexpectedly; its stream ends, and the client resumes", e);
            hub.dismiss(catchUp.subscriber(), Goodbye.INTERRUPTED);
        }
    }

    private void enqueueLater(CatchUp catchUp, long millis) {
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
