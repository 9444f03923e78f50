package io.telltale.local;

import io.telltale.sensors.Rfc3339;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sensors to look at, beside a simulated fleet: one falls silent, one drifts, and one producer sends records that are
 * rejected.
 */
final class NotableSensors implements AutoCloseable {

    static final String SILENT = "temperature-silent";
    static final String DRIFTING = "temperature-drifting";
    static final String FAULTY = "temperature-faulty";

    static final String TOPIC = "sensors.temperature";

    /** How long the silent sensor sends, in seconds: long enough to be seen alive. */
    static final int SILENT_AFTER = 60;

    private static final int FAULT_INTERVAL = 5;
    private static final double DRIFT_PER_SECOND = 0.01;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final Clock clock;
    private final KafkaProducer<String, String> producer;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "notable-sensors");
        thread.setDaemon(true);
        return thread;
    });
    private int second;

    /** @param connection the address of Kafka, and credentials if it needs any */
    NotableSensors(Map<String, Object> connection, Clock clock) {
        this.clock = clock;
        Map<String, Object> settings = new HashMap<>(connection);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "notable-sensors");
        this.producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    /** Sends the records of each second, until {@link #close}. The topic exists. */
    @SuppressWarnings("FutureReturnValueIgnored") // A record that is lost is not missed.
    void start() {
        thread.scheduleAtFixedRate(
                () -> records(second++, clock.millis()).forEach(producer::send), 0, 1, TimeUnit.SECONDS);
    }

    /** The records of one second since the start. */
    static List<ProducerRecord<String, String>> records(int second, long nowMillis) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        double wave = Math.sin(second / 40.0);
        records.add(reading(DRIFTING, nowMillis, 20 + wave + DRIFT_PER_SECOND * second));
        if (second < SILENT_AFTER) {
            records.add(reading(SILENT, nowMillis, 18 + wave));
        }
        if (second % FAULT_INTERVAL == 0) {
            records.add(new ProducerRecord<>(TOPIC, FAULTY, fault(second / FAULT_INTERVAL, nowMillis)));
        }
        return records;
    }

    private static ProducerRecord<String, String> reading(String sensor, long millis, double value) {
        return new ProducerRecord<>(
                TOPIC,
                sensor,
                String.format(
                        Locale.ROOT,
                        "{\"sensorId\":\"%s\",\"timestamp\":\"%s\",\"value\":%.2f,\"unit\":\"Cel\",\"site\":\"berlin-1\"}",
                        sensor,
                        Rfc3339.format(millis),
                        value));
    }

    /** The mistakes of a producer, in turn: seconds for milliseconds, a missing value, no JSON at all. */
    private static String fault(int number, long nowMillis) {
        return switch (number % 3) {
            case 0 -> "{\"sensorId\":\"%s\",\"timestamp\":%d,\"value\":21.5}".formatted(FAULTY, nowMillis / 1_000);
            case 1 ->
                "{\"sensorId\":\"%s\",\"timestamp\":\"%s\",\"temp\":21.5}".formatted(FAULTY, Rfc3339.format(nowMillis));
            default -> "temp=21.5;id=" + FAULTY;
        };
    }

    @Override
    public void close() {
        thread.shutdownNow();
        producer.close(CLOSE_LIMIT);
    }
}
