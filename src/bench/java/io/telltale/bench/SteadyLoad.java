package io.telltale.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;

/**
 * Sensors that send in turn, spread evenly, on time by the clock: what falls due while Kafka is slow is sent late and
 * carries the time at which it was due.
 */
final class SteadyLoad implements AutoCloseable {

    private static final long SLICE_MILLIS = 5;
    /** Of a gateway that many sensors share. Less would be paid for by the machine that is measured. */
    private static final Duration LINGER = Duration.ofMillis(25);

    private static final int MAX_STEP_CENTS = 15;
    private static final byte[] PADDING = ",\"padding\":\"".getBytes(US_ASCII);
    private static final Description DESCRIPTION = new Description("Cel", "plant-2");

    private final int sensors;
    private final int perSecond;
    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final BodyWriter[] bodies;
    private final byte[][] keys;
    private final int[] cents;
    private final SplittableRandom random;
    private final FleetAccount account;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
    private final int recordBytes;
    private long beginMillis;
    private long next;
    private volatile boolean isOver;

    private SteadyLoad(String bootstrapServers, String topic, Fleet fleet, long seed, int recordBytes) {
        int sensors = fleet.sensors();
        this.recordBytes = recordBytes;
        this.sensors = sensors;
        this.perSecond = fleet.perSecond();
        this.topic = topic;
        this.producer = BacklogTopic.producer(bootstrapServers, LINGER);
        this.bodies = new BodyWriter[sensors];
        this.keys = new byte[sensors][];
        this.cents = new int[sensors];
        this.random = new SplittableRandom(seed);
        this.account = new FleetAccount(sensors);
        for (int sensor = 0; sensor < sensors; sensor++) {
            SensorId id = new SensorId(Backlog.id(sensor));
            keys[sensor] = id.value().getBytes(US_ASCII);
            bodies[sensor] = new BodyWriter(id, null, DESCRIPTION);
            cents[sensor] = random.nextInt(1_000, 9_000);
        }
    }

    /** Begins to send records that are as long as a reading needs, one a second from each sensor. */
    static SteadyLoad start(String bootstrapServers, String topic, int sensors, long seed) {
        return start(bootstrapServers, topic, Fleet.ofOneReadingASecond(sensors), seed, 0);
    }

    /** Begins to send. */
    static SteadyLoad start(String bootstrapServers, String topic, Fleet fleet, long seed, int recordBytes) {
        SteadyLoad load = of(bootstrapServers, topic, fleet, seed, recordBytes);
        load.begin();
        return load;
    }

    /**
     * Does not send yet.
     *
     * @param recordBytes how long records are at least; a field that nobody knows fills them
     */
    static SteadyLoad of(String bootstrapServers, String topic, Fleet fleet, long seed, int recordBytes) {
        return new SteadyLoad(bootstrapServers, topic, fleet, seed, recordBytes);
    }

    /** Has each sensor send one reading, at once. To be called before it begins. */
    void introduce() {
        long nowMillis = System.currentTimeMillis();
        for (int sensor = 0; sensor < sensors; sensor++) {
            send(sensor, nowMillis);
        }
        producer.flush();
    }

    void begin() {
        beginMillis = System.currentTimeMillis() + 1; // never when somebody was introduced
        ScheduledFuture<?> unused =
                sender.scheduleAtFixedRate(this::sendWhatIsDue, 0, SLICE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sendWhatIsDue() {
        long due = (System.currentTimeMillis() - beginMillis) * perSecond / 1_000;
        for (; next < due && !isOver; next++) {
            send((int) (next % sensors), beginMillis + next * 1_000 / perSecond);
        }
    }

    private void send(int sensor, long dueMillis) {
        cents[sensor] += random.nextInt(-MAX_STEP_CENTS, MAX_STEP_CENTS + 1);
        byte[] body = padded(bodies[sensor].write(dueMillis, new Value.Numeric(cents[sensor] / 100.0)));
        account.add(sensor, dueMillis, cents[sensor]);
        Future<RecordMetadata> unused =
                producer.send(new ProducerRecord<>(topic, keys[sensor], body), (sent, failure) -> {
                    (failure == null ? acknowledged : failed).incrementAndGet();
                });
    }

    private byte[] padded(byte[] body) {
        if (body.length >= recordBytes) {
            return body;
        }
        byte[] whole = Arrays.copyOf(body, Math.max(recordBytes, body.length + PADDING.length + 2));
        int at = body.length - 1;
        System.arraycopy(PADDING, 0, whole, at, PADDING.length);
        Arrays.fill(whole, at + PADDING.length, whole.length - 2, (byte) 'x');
        whole[whole.length - 2] = '"';
        whole[whole.length - 1] = '}';
        return whole;
    }

    /** How many readings Kafka has. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** Sends no more, and returns when Kafka has all that was sent. */
    long finish() {
        isOver = true;
        sender.shutdown();
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(sender::isTerminated);
        producer.flush();
        if (failed.get() > 0) {
            throw new BenchException("Kafka did not take %d readings of the load".formatted(failed.get()));
        }
        return acknowledged.get();
    }

    /** What was sent; to be asked for once it is finished. */
    FleetAccount account() {
        return account;
    }

    @Override
    public void close() {
        isOver = true;
        sender.shutdownNow();
        producer.close();
    }
}
