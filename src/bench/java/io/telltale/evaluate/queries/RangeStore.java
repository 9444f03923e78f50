package io.telltale.evaluate.queries;

import io.telltale.sensors.SensorId;
import java.util.List;

/** Stores readings in a keyspace of its own, and reads ranges of them. Reads are thread-safe. */
interface RangeStore extends AutoCloseable {

    /** Where its tables are. */
    String keyspace();

    /** The process that reads from Cassandra. */
    long clientPid();

    /** Writes all readings, and returns when they are durable. */
    void write(List<Series> readings);

    /** Reads a range to its end, and returns how many readings it has. */
    long read(SensorId sensorId, long fromMillis, long toMillis);

    @Override
    void close();
}
