package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.Row;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Which sensors there are. A sensor is registered with its first reading, under one type for ever: replicas that meet a
 * new id at once agree by compare-and-set.
 */
@Singleton
public class SensorRegistry {

    /** Into how many partitions the lists by type and by site are spread. Never to be changed: it says where they lie. */
    static final int SLOTS = 16;

    /** So many sensors of a page are looked up at once. */
    private static final int LOOKUPS_AT_ONCE = 32;

    private final Database database;
    private final Cache<SensorId, Known> known;
    private final Map<SensorId, Uni<Known>> registering = new ConcurrentHashMap<>();

    /** A sensor, and the record time of the record that described it last. */
    private record Known(Sensor sensor, long describedAtMillis) {}

    @Inject
    SensorRegistry(Database database, StoreConfig config) {
        this.database = database;
        this.known = Caffeine.newBuilder()
                .maximumSize(Bounds.within(
                        "telltale.storage.remembered-sensors", config.rememberedSensors(), 1_000, 10_000_000))
                .build();
    }

    /**
     * The sensor if it is remembered and nothing newer is said of it: the common case, without a look-up.
     *
     * @param said what a reading says of it
     * @param recordTimeMillis the record time of that reading
     */
    public @Nullable Sensor remembered(SensorId id, Description said, long recordTimeMillis) {
        Known entry = known.getIfPresent(id);
        return entry == null || isNews(entry, said, recordTimeMillis) ? null : entry.sensor();
    }

    /** The sensor if it is remembered; what is said of it may be old. */
    public @Nullable Sensor remembered(SensorId id) {
        Known entry = known.getIfPresent(id);
        return entry == null ? null : entry.sensor();
    }

    private static boolean isNews(Known entry, Description said, long recordTimeMillis) {
        return !said.equals(Description.NONE)
                && recordTimeMillis >= entry.describedAtMillis()
                && !entry.sensor()
                        .description()
                        .updatedBy(said)
                        .equals(entry.sensor().description());
    }

    /**
     * Registers a sensor under a type if its id is new, and notes what is said of it. Completes when that is durable.
     *
     * @return the sensor as it is registered: under another type, if the id was taken, and then nothing was noted
     */
    public Uni<Sensor> register(SensorId id, SensorType type, Description said, long recordTimeMillis) {
        // Deferred, so that whoever tries again after a failure does not get the failure of before again.
        return Uni.createFrom()
                .deferred(() -> lookUpOrRegister(id, type, said))
                .chain(entry -> entry.sensor().type().equals(type) && isNews(entry, said, recordTimeMillis)
                        ? describe(entry, said, recordTimeMillis)
                        : Uni.createFrom().item(entry))
                .map(Known::sensor);
    }

    private Uni<Known> lookUpOrRegister(SensorId id, SensorType type, Description said) {
        Known entry = known.getIfPresent(id);
        if (entry != null) {
            return Uni.createFrom().item(entry);
        }
        return registering.computeIfAbsent(id, unknown -> lookUp(id, Consistency.DEFAULT)
                .chain(found -> found.isPresent() ? Uni.createFrom().item(found.get()) : registerNew(id, type, said))
                .invoke(found -> known.put(id, found))
                .onTermination()
                .invoke(() -> registering.remove(id))
                .memoize()
                .indefinitely());
    }

    /** Lists come first: a sensor that is registered is listed, and one that is listed and not registered is skipped. */
    private Uni<Known> registerNew(SensorId id, SensorType type, Description said) {
        return list(Cql.LIST_BY_TYPE, type.name(), id)
                .chain(() ->
                        said.site() == null ? Uni.createFrom().voidItem() : list(Cql.LIST_BY_SITE, said.site(), id))
                .chain(() -> database.run(statements -> statements
                        .get(Cql.REGISTER_SENSOR)
                        .boundStatementBuilder()
                        .setString(0, id.value())
                        .setString(1, type.name())
                        .setExecutionProfileName("registry")
                        .build()))
                .chain(() -> lookUp(id, Consistency.DEFAULT))
                .map(found -> found.orElseThrow(
                        () -> new IllegalStateException("sensor %s was registered and is not there".formatted(id))));
    }

    private Uni<Known> describe(Known entry, Description said, long recordTimeMillis) {
        SensorId id = entry.sensor().id();
        Uni<Void> listed = said.site() == null
                        || said.site().equals(entry.sensor().description().site())
                ? Uni.createFrom().voidItem()
                : list(Cql.LIST_BY_SITE, said.site(), id);
        return listed.chain(() -> database.run(statements -> {
                    BoundStatementBuilder update = statements
                            .get(Cql.DESCRIBE_SENSOR)
                            .boundStatementBuilder()
                            .setLong(0, recordTimeMillis * 1_000)
                            .setString(3, id.value())
                            .setConsistencyLevel(database.writeLevel())
                            .setExecutionProfileName("write");
                    if (said.unit() != null) {
                        update = update.setString(1, said.unit());
                    }
                    if (said.site() != null) {
                        update = update.setString(2, said.site());
                    }
                    return update.build();
                }))
                .map(done -> new Known(
                        new Sensor(
                                id,
                                entry.sensor().type(),
                                entry.sensor().description().updatedBy(said)),
                        recordTimeMillis))
                .invoke(described -> known.put(id, described));
    }

    private Uni<Void> list(Cql insert, String name, SensorId id) {
        return database.run(statements -> statements
                        .get(insert)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setInt(1, slotOf(id))
                        .setString(2, id.value())
                        .setConsistencyLevel(database.writeLevel())
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    /** A sensor by its id, remembered or looked up; empty if there is none. Its type is certain, the rest may be old. */
    public Uni<Optional<Sensor>> find(SensorId id, Consistency consistency) {
        Sensor sensor = remembered(id);
        return sensor != null ? Uni.createFrom().item(Optional.of(sensor)) : read(id, consistency);
    }

    /** A sensor as it is registered now; empty if there is none. */
    public Uni<Optional<Sensor>> read(SensorId id, Consistency consistency) {
        return lookUp(id, consistency).map(found -> found.map(Known::sensor));
    }

    private Uni<Optional<Known>> lookUp(SensorId id, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.SENSOR)
                        .boundStatementBuilder()
                        .setString(0, id.value())
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one()).flatMap(SensorRegistry::known));
    }

    private static Optional<Known> known(Row row) {
        String type = row.getString("type");
        if (type == null) {
            return Optional.empty();
        }
        Description description = Description.of(
                firstOf(row.getString("unit"), row.getString("observed_unit")),
                firstOf(row.getString("site"), row.getString("observed_site")));
        long describedAtMicros = Math.max(row.getLong("unit_written"), row.getLong("site_written"));
        Sensor sensor = new Sensor(
                new SensorId(Objects.requireNonNull(row.getString("sensor_id"))), new SensorType(type), description);
        return Optional.of(new Known(sensor, describedAtMicros / 1_000));
    }

    private static @Nullable String firstOf(@Nullable String set, @Nullable String observed) {
        return set == null ? observed : set;
    }

    /**
     * A page of the sensors there are, in an order that never changes; full unless it is the last.
     *
     * @param type only sensors of this type, if given
     * @param site only sensors of this site, if given
     * @param after the last sensor of the page before, or null for the first page
     * @param limit how many
     */
    public Uni<List<Sensor>> page(
            @Nullable SensorType type,
            @Nullable String site,
            @Nullable SensorId after,
            int limit,
            Consistency consistency) {
        Predicate<Sensor> wanted = sensor -> (type == null || sensor.type().equals(type))
                && (site == null || site.equals(sensor.description().site()));
        Multi<Sensor> sensors;
        if (site != null) {
            sensors = listed(Cql.SENSORS_BY_SITE, site, after, limit, consistency);
        } else if (type != null) {
            sensors = listed(Cql.SENSORS_BY_TYPE, type.name(), after, limit, consistency);
        } else {
            sensors = all(after, limit, consistency);
        }
        return sensors.filter(wanted).select().first(limit).collect().asList();
    }

    private Multi<Sensor> listed(Cql list, String name, @Nullable SensorId after, int limit, Consistency consistency) {
        int firstSlot = after == null ? 0 : slotOf(after);
        return Multi.createFrom()
                .range(firstSlot, SLOTS)
                .onItem()
                .transformToMultiAndConcatenate(slot -> inSlot(
                        list, name, slot, after != null && slot == firstSlot ? after.value() : "", limit, consistency));
    }

    private Multi<Sensor> inSlot(Cql list, String name, int slot, String after, int limit, Consistency consistency) {
        return Pages.of(database.run(statements -> statements
                        .get(list)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setInt(1, slot)
                        .setString(2, after)
                        .setPageSize(limit)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .onItem()
                .transformToMultiAndConcatenate(page -> sensors(page, consistency));
    }

    private Multi<Sensor> sensors(AsyncResultSet listed, Consistency consistency) {
        List<Uni<Optional<Sensor>>> found = StreamSupport.stream(
                        listed.currentPage().spliterator(), false)
                .map(row -> read(new SensorId(Objects.requireNonNull(row.getString(0))), consistency))
                .toList();
        if (found.isEmpty()) {
            return Multi.createFrom().empty();
        }
        return Uni.join()
                .all(found)
                .usingConcurrencyOf(LOOKUPS_AT_ONCE)
                .andFailFast()
                .onItem()
                .transformToMulti(list -> Multi.createFrom()
                        .iterable(list)
                        .filter(Optional::isPresent)
                        .map(Optional::get));
    }

    private Multi<Sensor> all(@Nullable SensorId after, int limit, Consistency consistency) {
        return Pages.of(database.run(statements -> (after == null
                                ? statements.get(Cql.ALL_SENSORS).boundStatementBuilder()
                                : statements
                                        .get(Cql.SENSORS_AFTER)
                                        .boundStatementBuilder()
                                        .setString(0, after.value()))
                        .setPageSize(limit)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build()))
                .onItem()
                .transformToMultiAndConcatenate(page -> Multi.createFrom()
                        .iterable(page.currentPage())
                        .map(SensorRegistry::known)
                        .filter(Optional::isPresent)
                        .map(found -> found.get().sensor()));
    }

    private static int slotOf(SensorId id) {
        return Math.floorMod(Layout.hash(id.value()), SLOTS);
    }
}
