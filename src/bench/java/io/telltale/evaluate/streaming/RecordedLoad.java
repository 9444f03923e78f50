package io.telltale.evaluate.streaming;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.bench.BacklogTopic;
import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;

/**
 * Sends the readings of a fleet on time by the clock, and records which of them Kafka acknowledged. A reading that is
 * sent late carries the time at which it was due.
 */
final class RecordedLoad implements AutoCloseable {

    private static final long SLICE_MILLIS = 5;
    /** Of a gateway that many sensors share. Without it, sending would cost more processor time than storing. */
    private static final Duration LINGER = Duration.ofMillis(25);

    private static final Duration FINISH_LIMIT = Duration.ofMinutes(3);
    /** Between the readings that introduce sensors and the load. */
    private static final Duration INTRODUCED_BEFORE = Duration.ofMinutes(1);

    private static final Description DESCRIPTION = new Description("Cel", "plant-2");

    private final Fleet fleet;
    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final BodyWriter[] bodies;
    private final byte[][] keys;
    private final BitSet acknowledged = new BitSet();
    private final AtomicInteger acknowledgedCount = new AtomicInteger();
    private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
    private volatile int next;
    private volatile boolean isOver;

    /** Does not send yet. */
    RecordedLoad(String bootstrapServers, String topic, Fleet fleet) {
        this.fleet = fleet;
        this.topic = topic;
        this.producer = BacklogTopic.producer(bootstrapServers, LINGER);
        this.bodies = new BodyWriter[fleet.sensors()];
        this.keys = new byte[fleet.sensors()][];
        for (int sensor = 0; sensor < fleet.sensors(); sensor++) {
            SensorId id = fleet.sensor(sensor);
            bodies[sensor] = new BodyWriter(id, null, DESCRIPTION);
            keys[sensor] = id.value().getBytes(US_ASCII);
        }
    }

    /** Begins to send at this rate, from now on. */
    static RecordedLoad begin(String bootstrapServers, String topic, int sensors, double perSecond) {
        RecordedLoad load = new RecordedLoad(
                bootstrapServers,
                topic,
                Fleet.ofRate(sensors, (int) Math.max(1, perSecond), System.currentTimeMillis()));
        ScheduledFuture<?> unused =
                load.sender.scheduleAtFixedRate(load::sendDue, 0, SLICE_MILLIS, TimeUnit.MILLISECONDS);
        return load;
    }

    /** Sends one reading of each sensor. Its event time is before that of any load that begins later. */
    static void introduce(String bootstrapServers, String topic, int sensors) {
        long start = System.currentTimeMillis() - INTRODUCED_BEFORE.toMillis();
        try (RecordedLoad load = new RecordedLoad(bootstrapServers, topic, new Fleet(sensors, 1, start))) {
            load.sendNow(sensors);
        }
    }

    /** Sends the next readings at once, and returns when Kafka has acknowledged them. */
    void sendNow(int readings) {
        int begin = next;
        for (int n = begin; n < begin + readings; n++) {
            send(n);
        }
        next = begin + readings;
        producer.flush();
    }

    private void sendDue() {
        long now = System.currentTimeMillis();
        int n = next;
        for (; !isOver && fleet.timestampOf(n) <= now; n++) {
            send(n);
        }
        next = n;
    }

    private void send(int n) {
        int sensor = fleet.sensorOf(n);
        byte[] body = bodies[sensor].write(fleet.timestampOf(n), new Value.Numeric(n));
        Future<RecordMetadata> unused =
                producer.send(new ProducerRecord<>(topic, keys[sensor], body), (sent, failure) -> {
                    if (failure == null) {
                        acknowledge(n);
                    }
                });
    }

    private void acknowledge(int n) {
        synchronized (acknowledged) {
            acknowledged.set(n);
        }
        acknowledgedCount.incrementAndGet();
    }

    /** How many readings Kafka has acknowledged. */
    int acknowledged() {
        return acknowledgedCount.get();
    }

    /** How many readings were due until now, sent or not: a busy machine may keep the sender from being on time. */
    long due() {
        return (System.currentTimeMillis() - fleet.startMillis()) * fleet.sensors() / fleet.stepMillis();
    }

    /** The rate at which it sends. */
    double perSecond() {
        return 1_000.0 * fleet.sensors() / fleet.stepMillis();
    }

    /** Returns after this time, while it sends on. */
    void letRun(Duration length) {
        Awaitility.await().pollDelay(length).atMost(length.plusMinutes(1)).until(() -> true);
    }

    /** Sends no more, and returns when Kafka has acknowledged or refused each reading. */
    Ledger finish() {
        isOver = true;
        sender.shutdown();
        Awaitility.await().atMost(FINISH_LIMIT).until(sender::isTerminated);
        producer.flush();
        synchronized (acknowledged) {
            return new Ledger(fleet, next, acknowledged);
        }
    }

    @Override
    public void close() {
        isOver = true;
        sender.shutdownNow();
        producer.close(Duration.ZERO);
    }
}
