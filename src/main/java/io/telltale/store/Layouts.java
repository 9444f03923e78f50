package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.Layout.Version;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;

/**
 * The layouts of all types, as the cluster agreed on them. The first version of a type's layout is inserted by
 * compare-and-set from the settings of whichever replica saw the type first; changed settings never change it.
 */
@Singleton
public class Layouts {

    private final Database database;
    private final int shards;
    private final Duration bucket;
    private final Map<SensorType, Layout> known = new ConcurrentHashMap<>();

    @Inject
    Layouts(Database database, StoreConfig config) {
        this.database = database;
        this.shards = Bounds.within("telltale.storage.shards", config.shards(), 1, Version.MAX_SHARDS);
        this.bucket = Bounds.within(
                "telltale.storage.bucket",
                config.bucket(),
                Duration.ofMinutes(1),
                Duration.ofMillis(Layout.WEEK_MILLIS));
        Bounds.require(
                Layout.WEEK_MILLIS % bucket.toMillis() == 0,
                "telltale.storage.bucket",
                bucket,
                "a whole fraction of a week, such as 15m or 1h");
    }

    /** The layout of a type, made if the type is new. */
    public Uni<Layout> of(SensorType type) {
        Layout layout = known.get(type);
        if (layout != null) {
            return Uni.createFrom().item(layout);
        }
        return read(type)
                .chain(found -> found.isPresent()
                        ? Uni.createFrom().item(found.get())
                        : makeFirst(type).chain(() -> read(type)).map(Optional::orElseThrow))
                .invoke(read -> known.put(type, read));
    }

    private Uni<Optional<Layout>> read(SensorType type) {
        return database.run(statements -> statements
                        .get(Cql.LAYOUT)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> layout(
                        type,
                        StreamSupport.stream(rows.currentPage().spliterator(), false)
                                .map(Layouts::version)
                                .sorted(Comparator.comparingInt(Version::number))
                                .toList()));
    }

    private static Optional<Layout> layout(SensorType type, List<Version> versions) {
        return versions.isEmpty() ? Optional.empty() : Optional.of(new Layout(type, new ArrayList<>(versions)));
    }

    private static Version version(Row row) {
        long validFrom = row.isNull("valid_from")
                ? Version.SINCE_EVER_MILLIS
                : CqlBytes.toLong(row.getBytesUnsafe("valid_from"));
        return new Version(row.getInt("version"), validFrom, row.getInt("shards"), row.getLong("bucket_millis"));
    }

    private Uni<Void> makeFirst(SensorType type) {
        return database.run(statements -> statements
                        .get(Cql.FIRST_LAYOUT)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setInt(1, shards)
                        .setLong(2, bucket.toMillis())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }
}
