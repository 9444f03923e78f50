package io.telltale.store;

import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;

/**
 * A reading from the store, without its sensor's id, which the caller knows.
 *
 * @param timestampMillis the event time, in milliseconds since the epoch
 * @param value the value
 * @param origin the Kafka record that it came from
 */
public record StoredReading(long timestampMillis, Value value, RecordOrigin origin) implements TimedValue {}
