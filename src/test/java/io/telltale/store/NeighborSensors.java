package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Sensors that share partitions, and how many questions reading them takes. */
final class NeighborSensors {

    private static final Layout.Version USUAL = new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 64, 900_000);

    private NeighborSensors() {}

    /** New sensors of one shard. */
    static List<Sensor> of(SensorType type, int count) {
        String prefix = "neighbour-%d-".formatted(SharedStack.get().nextNumber());
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> new SensorId(prefix + i))
                .filter(id -> USUAL.shardOf(id) == 7)
                .limit(count)
                .map(id -> new Sensor(id, type, Description.NONE))
                .toList();
    }

    /** How often Cassandra was asked so far, by its own figures, for readings and for what is listed of them. */
    static long questions(CqlSession session, String keyspace) {
        return Stream.of("readings", "buckets", "weeks")
                .map(table ->
                        "SELECT * FROM system_views.coordinator_read_latency WHERE keyspace_name = '%s' AND table_name = '%s'"
                                .formatted(keyspace, table))
                .mapToLong(cql ->
                        Objects.requireNonNull(session.execute(cql).one()).getLong("count"))
                .sum();
    }
}
