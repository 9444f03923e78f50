package io.telltale.simulate;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the service must answer once it has read everything: for each sensor and millisecond the value of the last
 * record that Kafka has acknowledged. It counts on acknowledgements coming in the order of a partition, as those of an
 * idempotent producer do. Where sends have failed, Kafka may hold more than is written here.
 *
 * <p>It holds as many readings as it was told to, and counts those it left out. Safe for use by several threads.
 */
public final class Ledger {

    private final long maxReadings;
    private final Map<SensorId, NavigableMap<Long, Value>> readings = new HashMap<>();
    private final Map<String, Long> deadLetters = new TreeMap<>();
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

    /** The sensors that have readings here, by id. */
    public synchronized Set<SensorId> sensors() {
        return new TreeSet<>(readings.keySet());
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
}
