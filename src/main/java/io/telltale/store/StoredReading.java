package io.telltale.store;

import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;

/**
 * A reading as it lies in the store, of a sensor that the asker knows.
 *
 * @param timestampMillis when it was read, in milliseconds since the epoch
 * @param value what was read
 * @param origin the Kafka record it came from
 */
public record StoredReading(long timestampMillis, Value value, RecordOrigin origin) implements TimedValue {}
