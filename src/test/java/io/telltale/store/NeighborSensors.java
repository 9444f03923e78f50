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

/** Creates sensors that share partitions, and counts the requests that read them. */
final class NeighborSensors {

    private static final Layout.Version DEFAULT = new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 64, 900_000);

    private NeighborSensors() {}

    /** Creates new sensors of one shard. */
    static List<Sensor> of(SensorType type, int count) {
        String prefix = "neighbor-%d-".formatted(SharedStack.get().nextNumber());
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> new SensorId(prefix + i))
                .filter(id -> DEFAULT.shardOf(id) == 7)
                .limit(count)
                .map(id -> new Sensor(id, type, Description.NONE))
                .toList();
    }

    /** The number of reads of readings and index so far, by Cassandra's own metrics. */
    static long requests(CqlSession session, String keyspace) {
        return Stream.of("readings", "buckets", "weeks")
                .map(table ->
                        "SELECT * FROM system_views.coordinator_read_latency WHERE keyspace_name = '%s' AND table_name = '%s'"
                                .formatted(keyspace, table))
                .mapToLong(cql ->
                        Objects.requireNonNull(session.execute(cql).one()).getLong("count"))
                .sum();
    }
}
