package io.telltale.evaluate.queries;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.evaluate.partitioning.Scheme;
import io.telltale.evaluate.partitioning.Scheme.Place;
import io.telltale.evaluate.partitioning.SchemeTable;
import io.telltale.sensors.SensorId;
import io.telltale.store.Layout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The bucket index of the service: its tables {@code weeks} and {@code buckets}, and its statements, by the driver. */
final class BucketTables {

    private final CqlSession session;
    private final Scheme scheme;
    private final PreparedStatement insertWeek;
    private final PreparedStatement insertBucket;
    private final PreparedStatement weeks;
    private final PreparedStatement buckets;

    /** Creates both tables beside that of the readings. */
    BucketTables(SchemeTable table) {
        this.session = table.session();
        this.scheme = table.scheme();
        String keyspace = table.keyspace();
        session.execute("CREATE TABLE %s.weeks (sensor_id text, week timestamp, PRIMARY KEY (sensor_id, week))"
                        .formatted(keyspace)
                + " WITH CLUSTERING ORDER BY (week DESC)");
        session.execute(
                "CREATE TABLE %s.buckets (type text, shard int, week timestamp, sensor_id text, bucket timestamp,"
                                .formatted(keyspace)
                        + " PRIMARY KEY ((type, shard, week), sensor_id, bucket))"
                        + " WITH CLUSTERING ORDER BY (sensor_id ASC, bucket DESC)");
        this.insertWeek = session.prepare("INSERT INTO %s.weeks (sensor_id, week) VALUES (?, ?)".formatted(keyspace));
        this.insertBucket =
                session.prepare("INSERT INTO %s.buckets (type, shard, week, sensor_id, bucket) VALUES (?, ?, ?, ?, ?)"
                        .formatted(keyspace));
        this.weeks = session.prepare(
                "SELECT week FROM %s.weeks WHERE sensor_id = ? AND week >= ? AND week < ?".formatted(keyspace));
        this.buckets = session.prepare(
                "SELECT bucket FROM %s.buckets WHERE type = ? AND shard = ? AND week = ? AND sensor_id = ?"
                                .formatted(keyspace)
                        + " AND bucket >= ? AND bucket < ?");
    }

    /** Adds partitions that have readings of the sensor. */
    void add(SensorId sensorId, Collection<Place> places) {
        Map<Instant, List<Place>> byWeek = places.stream()
                .collect(Collectors.groupingBy(place -> Instant.ofEpochMilli(Layout.weekStart(place.startMillis()))));
        byWeek.forEach((week, some) -> {
            session.execute(insertWeek.bind(sensorId.value(), week));
            session.execute(BatchStatement.newInstance(
                    DefaultBatchType.UNLOGGED,
                    some.stream()
                            .map(place -> insertBucket.bind(
                                    Scheme.TYPE.name(),
                                    place.shard(),
                                    week,
                                    sensorId.value(),
                                    Instant.ofEpochMilli(place.startMillis())))
                            .toArray(BoundStatement[]::new)));
        });
    }

    /** The partitions that have readings of a sensor in {@code [fromMillis, toMillis)}, oldest first. */
    List<Place> places(SensorId sensorId, long fromMillis, long toMillis) {
        int shard = scheme.placeOf(sensorId, fromMillis).shard();
        Instant firstBucket =
                Instant.ofEpochMilli(scheme.placeOf(sensorId, fromMillis).startMillis());
        Instant to = Instant.ofEpochMilli(toMillis);
        List<Place> places = new ArrayList<>();
        for (Instant week :
                oldestFirst(weeks.bind(sensorId.value(), Instant.ofEpochMilli(Layout.weekStart(fromMillis)), to))) {
            for (Instant bucket :
                    oldestFirst(buckets.bind(Scheme.TYPE.name(), shard, week, sensorId.value(), firstBucket, to))) {
                places.add(new Place("", shard, bucket.toEpochMilli()));
            }
        }
        return places;
    }

    /** Both tables have the newest first. */
    private List<Instant> oldestFirst(BoundStatement select) {
        List<Instant> instants = new ArrayList<>();
        for (Row row : session.execute(select)) {
            instants.add(0, Objects.requireNonNull(row.getInstant(0)));
        }
        return instants;
    }
}
