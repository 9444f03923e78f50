package io.telltale.simulate;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the service must answer once it has read everything: for each sensor and millisecond the value of the last
 * record that Kafka has acknowledged. It counts on acknowledgements coming in the order of a partition, as those of an
 * idempotent producer do. What was sent and not acknowledged in time is written down apart: Kafka may have it, or not.
 *
 * <p>It holds as many readings as it was told to, and counts those it left out. Safe for use by several threads.
 */
public final class Ledger {

    private final long maxReadings;
    private final Map<SensorId, NavigableMap<Long, Value>> readings = new HashMap<>();
    private final Map<String, Long> deadLetters = new TreeMap<>();
    private final Map<String, String> deadLetterOrigins = new HashMap<>();
    private final Map<SensorId, NavigableMap<Long, Set<Value>>> unsettled = new HashMap<>();
    private final Map<String, Long> unsettledDeadLetters = new TreeMap<>();
    private long size;
    private long leftOut;

    /**
     * @param maxReadings how many readings to remember, at some hundred bytes each
     */
    public Ledger(long maxReadings) {
        if (maxReadings < 0) {
            throw new IllegalArgumentException("maxReadings is %d; expected 0 or more".formatted(maxReadings));
        }
        this.maxReadings = maxReadings;
    }

    synchronized void acknowledged(Outcome outcome) {
        if (outcome instanceof Outcome.Stored stored) {
            enter(stored.reading());
        } else {
            deadLetters.merge(((Outcome.Rejected) outcome).reason(), 1L, Long::sum);
        }
    }

    /**
     * The same, of a record whose place in Kafka is known.
     *
     * @param origin as {@link #origin} writes it
     */
    synchronized void acknowledged(Outcome outcome, String origin) {
        acknowledged(outcome);
        if (outcome instanceof Outcome.Rejected rejected) {
            deadLetterOrigins.put(origin, rejected.reason());
        }
    }

    /** Of a record that was sent and not acknowledged in time. */
    synchronized void unsettled(Outcome outcome) {
        if (outcome instanceof Outcome.Stored stored) {
            Reading reading = stored.reading();
            unsettled
                    .computeIfAbsent(reading.sensorId(), id -> new TreeMap<>())
                    .computeIfAbsent(reading.timestampMillis(), millis -> new HashSet<>())
                    .add(reading.value());
        } else {
            unsettledDeadLetters.merge(((Outcome.Rejected) outcome).reason(), 1L, Long::sum);
        }
    }

    /** Where in Kafka a record is, as a text. */
    public static String origin(String topic, int partition, long offset) {
        return "%s-%d@%d".formatted(topic, partition, offset);
    }

    private void enter(Reading reading) {
        NavigableMap<Long, Value> ofSensor = readings.get(reading.sensorId());
        if (ofSensor != null && ofSensor.replace(reading.timestampMillis(), reading.value()) != null) {
            return;
        }
        if (size == maxReadings) {
            leftOut++;
            return;
        }
        readings.computeIfAbsent(reading.sensorId(), id -> new TreeMap<>())
                .put(reading.timestampMillis(), reading.value());
        size++;
    }

    /** The sensors that have readings here, certain or not, by id. */
    public synchronized Set<SensorId> sensors() {
        Set<SensorId> sensors = new TreeSet<>(readings.keySet());
        sensors.addAll(unsettled.keySet());
        return sensors;
    }

    /** The final values of a sensor by epoch millisecond; empty if it has none here. */
    public synchronized NavigableMap<Long, Value> readings(SensorId sensor) {
        return new TreeMap<>(readings.getOrDefault(sensor, new TreeMap<>()));
    }

    /** How many distinct readings are held. */
    public synchronized long size() {
        return size;
    }

    /** How many records were not entered because the ledger was full; with 0 it is complete. */
    public synchronized long leftOut() {
        return leftOut;
    }

    /** How many acknowledged records belong in the dead letters, by reason. */
    public synchronized Map<String, Long> deadLetters() {
        return Map.copyOf(deadLetters);
    }

    /** Where in Kafka the records are that belong in the dead letters, each with its reason. */
    public synchronized Map<String, String> deadLetterOrigins() {
        return Map.copyOf(deadLetterOrigins);
    }

    /** By epoch millisecond, the values of a sensor that Kafka may have or not. */
    public synchronized NavigableMap<Long, Set<Value>> unsettled(SensorId sensor) {
        return new TreeMap<>(unsettled.getOrDefault(sensor, new TreeMap<>()));
    }

    /** How many records that belong in the dead letters Kafka may have or not, by reason. */
    public synchronized Map<String, Long> unsettledDeadLetters() {
        return Map.copyOf(unsettledDeadLetters);
    }
}
