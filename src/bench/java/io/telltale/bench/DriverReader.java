package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout;
import io.telltale.store.ReadingPartition;
import java.time.Instant;
import java.util.List;

/**
 * The limit: the driver alone, in this JVM, that knows where the readings lie without asking, pages them bucket after
 * bucket and does nothing with a row.
 */
final class DriverReader implements RangeReader {

    private static final int PAGE_SIZE = 5_000;
    private static final long BUCKET_MILLIS = 900_000;

    private final CqlSession session;
    private final PreparedStatement select;
    private final Layout layout;

    DriverReader(CqlSession session, String keyspace, SensorType type) {
        this.session = session;
        this.select = session.prepare(
                "SELECT ts, reading FROM %s.readings WHERE type = ? AND shard = ? AND bucket = ? AND sensor_id = ?"
                                .formatted(keyspace)
                        + " AND ts >= ? AND ts < ? ORDER BY sensor_id DESC, ts ASC");
        this.layout =
                new Layout(type, List.of(new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 64, BUCKET_MILLIS)));
    }

    @Override
    public String name() {
        return "driver";
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public long read(StoredSensor sensor, long fromMillis, long toMillis) {
        long readings = 0;
        long first = fromMillis - Math.floorMod(fromMillis, BUCKET_MILLIS);
        for (long bucket = first; bucket < toMillis; bucket += BUCKET_MILLIS) {
            ReadingPartition partition = layout.partitionOf(sensor.id(), bucket);
            for (Row row : session.execute(select.bind(
                            partition.type().name(),
                            partition.shard(),
                            Instant.ofEpochMilli(partition.bucketStartMillis()),
                            sensor.id().value(),
                            Instant.ofEpochMilli(fromMillis),
                            Instant.ofEpochMilli(toMillis))
                    .setPageSize(PAGE_SIZE))) {
                readings += row.getBytesUnsafe(1) == null ? 0 : 1;
            }
        }
        return readings;
    }
}
