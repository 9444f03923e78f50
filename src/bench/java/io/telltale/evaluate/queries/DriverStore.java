package io.telltale.evaluate.queries;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.evaluate.partitioning.Scheme;
import io.telltale.evaluate.partitioning.Scheme.Place;
import io.telltale.evaluate.partitioning.SchemeTable;
import io.telltale.evaluate.partitioning.SchemeWriter;
import io.telltale.evaluate.partitioning.SliceReader;
import io.telltale.sensors.SensorId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads with the driver alone, in this JVM, and drops the rows. */
final class DriverStore implements RangeStore {

    private final SchemeTable table;
    private final Optional<BucketTables> index;
    private final SliceReader reader;

    /**
     * Creates the tables.
     *
     * @param isIndexed whether a read asks the bucket index for the partitions, or reads every one of its range
     */
    DriverStore(CqlSession session, Scheme scheme, String keyspace, boolean isIndexed, int pageRows, int ahead) {
        this.table = SchemeTable.create(session, scheme, keyspace, 1);
        this.index = isIndexed ? Optional.of(new BucketTables(table)) : Optional.empty();
        this.reader = new SliceReader(table, pageRows, ahead);
    }

    @Override
    public String keyspace() {
        return table.keyspace();
    }

    @Override
    public long clientPid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public void write(List<Series> readings) {
        SchemeWriter writer = new SchemeWriter(table, new Fleet(1, 1, 0), 1);
        for (Series some : readings) {
            writer.send(some.id(), some.startMillis(), some.readings(), some.stepMillis());
        }
        writer.awaitAll();
        index.ifPresent(tables -> index(tables, readings));
    }

    private void index(BucketTables tables, List<Series> readings) {
        Map<SensorId, Set<Place>> places = new LinkedHashMap<>();
        for (Series some : readings) {
            places.computeIfAbsent(some.id(), unknown -> new LinkedHashSet<>())
                    .addAll(table.scheme().places(some.id(), some.startMillis(), some.endMillis()));
        }
        places.forEach(tables::add);
    }

    @Override
    public long read(SensorId sensorId, long fromMillis, long toMillis) {
        return index.map(tables ->
                        reader.read(tables.places(sensorId, fromMillis, toMillis), sensorId, fromMillis, toMillis))
                .orElseGet(() -> reader.read(sensorId, fromMillis, toMillis));
    }

    @Override
    public void close() {
        table.close();
    }
}
