package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.Consistency;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Which sensors there are. A sensor is registered with its first reading, under one type for ever: replicas that meet a
 * new id at once agree by compare-and-set, one for each sensor and replica at most.
 *
 * <p>What ingest asks for each reading is answered by a {@link RegistrationCache}; sensors themselves are held only while
 * somebody asks for them.
 */
@Singleton
public class SensorRegistry {

    private static final Logger log = Logger.getLogger(SensorRegistry.class);
    private static final RateLimitedLog NOT_FOLLOWED = new RateLimitedLog(log, Logger.Level.ERROR);

    /** Into how many partitions the lists by type and by site are spread. Never to be changed: it says where they lie. */
    static final int SLOTS = 16;

    /** So many sensors are looked up at once beside what somebody waits for. */
    private static final int LOOKUPS_AT_ONCE = 32;

    /** So many are asked for by one question: each lies in a partition of its own, and one node gathers them. */
    private static final int SENSORS_PER_QUESTION = 16;

    /** So many sensors are looked up, registered or described at once for ingest. */
    private static final int CLAIMS_AT_ONCE = 128;

    /** So many are listed by one batch: some 100 bytes each, far below Cassandra's limits. */
    private static final int LISTINGS_PER_BATCH = 500;

    /** Sensors that are asked for by id; some 400 bytes each. */
    private static final int SENSORS_HELD = 20_000;

    /** Another replica may hear what is new of a sensor, so one that is asked for is looked up again now and then. */
    private static final Duration FRESH_FOR = Duration.ofMinutes(1);

    private static final Duration HELD_FOR = Duration.ofHours(1);

    /**
     * How often is asked what persons changed, on whatever replica. With a time-out of the question, and the reading of
     * what changed, what they set is known everywhere within 10 s.
     */
    private static final Duration CATCH_UP_INTERVAL = Duration.ofSeconds(3);

    private final Database database;
    private final SensorChanges changes;
    private final RegistrationCache memory;
    private final Cache<SensorId, Known> held;
    private final Semaphore backgroundLookUps = new Semaphore(LOOKUPS_AT_ONCE);
    private volatile @Nullable Cancellable catchingUp;

    /**
     * A sensor as it is registered.
     *
     * @param set what a person set, as far as is known; wins
     * @param durable what readings say of it, as Cassandra has it for certain
     * @param observed the same, with the times at which it was confirmed since
     */
    private record Known(
            SensorId id,
            SensorType type,
            SensorMetadata set,
            TimestampedDescription durable,
            TimestampedDescription observed) {

        Sensor sensor() {
            return new Sensor(id, type, observed.description(), set);
        }

        /** The same, as known at another time. What a person set is what the other says. */
        Known and(Known other) {
            return new Known(id, type, other.set, durable.and(other.durable), observed.and(other.observed));
        }
    }

    /** A partition of the lists by type or by site. */
    private record ListPartition(Cql insert, String name, int slot) {}

    @Inject
    SensorRegistry(Database database, StoreConfig config, SensorChanges changes) {
        this.database = database;
        this.changes = changes;
        this.memory = new RegistrationCache(
                Bounds.within("telltale.storage.remembered-sensors", config.rememberedSensors(), 1_000, 10_000_000));
        this.held = Caffeine.newBuilder()
                .maximumSize(SENSORS_HELD)
                .expireAfterWrite(HELD_FOR)
                .build();
    }

    void keepUp(@Observes StartupEvent start) {
        catchingUp = Multi.createFrom()
                .ticks()
                .every(CATCH_UP_INTERVAL)
                .onOverflow()
                .drop()
                .plug(Concatenation.unis(tick -> catchUp().onFailure().recoverWithUni(failure -> {
                    if (failure instanceof StoreUnavailableException) {
                        log.debugf("What was set of sensors is not known at the moment: %s", failure);
                    } else {
                        NOT_FOLLOWED.say("What is set of sensors was not followed, and is looked at again", failure);
                    }
                    return Uni.createFrom().voidItem();
                })))
                .subscribe()
                .with(done -> {}, failure -> log.error("What is set of sensors is not followed any more", failure));
    }

    void stop(@Observes ShutdownEvent shutdown) {
        Cancellable following = catchingUp;
        if (following != null) {
            following.cancel();
        }
    }

    /** Looks up again the sensors that are held and of which a person set something meanwhile. */
    Uni<Void> catchUp() {
        if (changes.mayHaveMissedSome()) {
            held.invalidateAll();
        }
        return changes.sinceLastAsked()
                .onItem()
                .transformToMulti(ids -> Multi.createFrom().iterable(ids))
                .filter(id -> held.asMap().containsKey(id))
                .onItem()
                .transformToUni(id -> read(id, Consistency.DEFAULT))
                .merge(LOOKUPS_AT_ONCE)
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** How sensors stand, as far as is remembered, without a look-up: one standing for each sighting, in their order; none if all are settled. */
    public List<RegistrationState> states(ObservationBatch sightings) {
        return memory.states(sightings);
    }

    /**
     * The sensor if it is held; what is said of it may be old. One that is not is looked up meanwhile, so that it is held
     * when it is asked for again, unless many others are.
     */
    public @Nullable Sensor cached(SensorId id) {
        Known sensor = held.getIfPresent(id);
        if ((sensor == null || isOld(id)) && backgroundLookUps.tryAcquire()) {
            read(id, Consistency.DEFAULT)
                    .onTermination()
                    .invoke(() -> backgroundLookUps.release())
                    .subscribe()
                    .with(found -> {}, failure -> log.debugf(failure, "Sensor %s was not looked up", id));
        }
        return sensor == null ? null : sensor.sensor();
    }

    private boolean isOld(SensorId id) {
        return held.policy()
                .expireAfterWrite()
                .map(expiry -> expiry.ageOf(id, TimeUnit.SECONDS).orElse(0) > FRESH_FOR.toSeconds())
                .orElse(false);
    }

    /**
     * Registers the sensors whose ids are new, and notes what is said of those whose type is right. Completes when that
     * is durable. Doing it again changes nothing, also after a failure halfway.
     *
     * @param claims may name a sensor more than once
     * @return the sensors as they are registered, by id: under another type than claimed, if the id was taken, and then
     *     nothing was noted
     */
    public Uni<Map<SensorId, Sensor>> register(Collection<SensorObservation> claims) {
        Map<SensorId, List<SensorObservation>> byId = new LinkedHashMap<>();
        claims.forEach(claim ->
                byId.computeIfAbsent(claim.id(), first -> new ArrayList<>(1)).add(claim));
        return known(byId.keySet())
                .call(known -> list(newListings(byId, known)))
                .chain(known -> Multi.createFrom()
                        .iterable(byId.values())
                        .onItem()
                        .transformToUni(
                                ofOne -> register(ofOne, known.get(ofOne.get(0).id())))
                        .merge(CLAIMS_AT_ONCE)
                        .collect()
                        .asMap(Sensor::id));
    }

    private Uni<Map<SensorId, Known>> known(Collection<SensorId> ids) {
        return Multi.createFrom()
                .iterable(ids)
                .onItem()
                .transformToUni(id -> {
                    Known sensor = held.getIfPresent(id);
                    return sensor == null
                            ? lookUp(id, Consistency.DEFAULT)
                            : Uni.createFrom().item(Optional.of(sensor));
                })
                .merge(CLAIMS_AT_ONCE)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .asMap(Known::id);
    }

    /**
     * The lists that claimed sensors have to be put on. That comes first: a sensor that is registered is listed, and one
     * that is listed and not registered is skipped. A site that is written is listed anew each time, also if it is only
     * confirmed: a list entry of long ago whose sensor stands elsewhere may be taken off (see {@link SensorLists}).
     */
    private Map<ListPartition, List<SensorId>> newListings(
            Map<SensorId, List<SensorObservation>> byId, Map<SensorId, Known> known) {
        Map<ListPartition, List<SensorId>> listings = new LinkedHashMap<>();
        byId.forEach((id, claims) -> {
            Known sensor = known.get(id);
            if (sensor == null) {
                claims.forEach(claim -> {
                    listUnder(listings, Cql.LIST_BY_TYPE, claim.type().name(), id);
                    listUnder(listings, Cql.LIST_BY_SITE, claim.said().site(), id);
                });
            } else {
                said(sensor, claims)
                        .map(said -> due(sensor, latest(sensor, said), said))
                        .ifPresent(due -> listUnder(listings, Cql.LIST_BY_SITE, due.site(), id));
            }
        });
        return listings;
    }

    private static void listUnder(
            Map<ListPartition, List<SensorId>> listings, Cql list, @Nullable String name, SensorId id) {
        if (name != null) {
            listings.computeIfAbsent(new ListPartition(list, name, slotOf(id)), first -> new ArrayList<>())
                    .add(id);
        }
    }

    /** What claims of the right type say of a sensor. */
    private static Optional<TimestampedDescription> said(Known sensor, List<SensorObservation> claims) {
        return claims.stream()
                .filter(claim -> claim.type().equals(sensor.type()))
                .map(SensorObservation::said)
                .reduce(TimestampedDescription::and);
    }

    private TimestampedDescription latest(Known sensor, TimestampedDescription said) {
        return memory.confirmed(sensor.id(), sensor.type(), sensor.observed()).and(said);
    }

    /** Each batch is of one partition. */
    private Uni<Void> list(Map<ListPartition, List<SensorId>> listings) {
        return Multi.createFrom()
                .iterable(listings.entrySet())
                .plug(Concatenation.streams(entry -> Multi.createFrom()
                        .iterable(entry.getValue())
                        .group()
                        .intoLists()
                        .of(LISTINGS_PER_BATCH)
                        .map(ids -> Map.entry(entry.getKey(), ids))))
                .onItem()
                .transformToUni(
                        batch -> database.run(statements -> batch(statements, batch.getKey(), batch.getValue())))
                .merge(CLAIMS_AT_ONCE)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private BatchStatement batch(Statements statements, ListPartition list, List<SensorId> ids) {
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write");
        for (SensorId id : ids) {
            batch.addStatement(statements
                    .get(list.insert())
                    .boundStatementBuilder()
                    .setString(0, list.name())
                    .setInt(1, list.slot())
                    .setString(2, id.value())
                    .build());
        }
        return batch.build();
    }

    /** @param claims of one sensor */
    private Uni<Sensor> register(List<SensorObservation> claims, @Nullable Known known) {
        Uni<Known> registered =
                known == null ? registerNew(claims.get(0)) : Uni.createFrom().item(known);
        return registered
                .chain(sensor -> said(sensor, claims)
                        .map(said -> describe(sensor, said))
                        .orElse(Uni.createFrom().item(sensor)))
                .map(Known::sensor);
    }

    /** The answer says whether this replica was first; only otherwise somebody else's sensor has to be read. */
    private Uni<Known> registerNew(SensorObservation claim) {
        SensorId id = claim.id();
        return database.run(statements -> statements
                        .get(Cql.REGISTER_SENSOR)
                        .boundStatementBuilder()
                        .setString(0, id.value())
                        .setString(1, claim.type().name())
                        .setExecutionProfileName("registry")
                        .build())
                .chain(answer -> answer.wasApplied()
                        ? Uni.createFrom()
                                .item(new Known(
                                        id,
                                        claim.type(),
                                        SensorMetadata.NONE,
                                        TimestampedDescription.NONE,
                                        TimestampedDescription.NONE))
                        : lookUp(id, Consistency.DEFAULT)
                                .map(found -> found.orElseThrow(() -> new IllegalStateException(
                                        "sensor %s was registered and is not there".formatted(id)))));
    }

    /** Notes what is said of a sensor of the right type, and remembers it. */
    private Uni<Known> describe(Known sensor, TimestampedDescription said) {
        TimestampedDescription latest = latest(sensor, said);
        TimestampedDescription due = due(sensor, latest, said);
        Uni<Void> written = due.equals(TimestampedDescription.NONE)
                ? Uni.createFrom().voidItem()
                : database.run(statements -> description(statements, sensor.id(), due))
                        .replaceWithVoid();
        return written.map(done -> new Known(
                        sensor.id(),
                        sensor.type(),
                        sensor.set(),
                        sensor.durable().and(due),
                        latest))
                .map(described -> held.asMap().merge(described.id(), described, Known::and))
                .invoke(described -> memory.settle(described.id(), described.type(), latest.where(said)));
    }

    /**
     * The fields that have to be written: what is new; what an older record speaks against, since only its time in
     * Cassandra keeps the older one from winning elsewhere; and now and then what was confirmed.
     */
    private static TimestampedDescription due(
            Known sensor, TimestampedDescription latest, TimestampedDescription said) {
        TimestampedDescription durable = sensor.durable();
        boolean isUnitDue = isDue(
                sensor, durable.unit(), durable.unitAtMillis(), latest.unit(), latest.unitAtMillis(), said.unit());
        boolean isSiteDue = isDue(
                sensor, durable.site(), durable.siteAtMillis(), latest.site(), latest.siteAtMillis(), said.site());
        return TimestampedDescription.of(
                Description.of(isUnitDue ? latest.unit() : null, isSiteDue ? latest.site() : null),
                latest.unitAtMillis(),
                latest.siteAtMillis());
    }

    private static boolean isDue(
            Known sensor,
            @Nullable String durable,
            long durableAtMillis,
            @Nullable String latest,
            long latestAtMillis,
            @Nullable String said) {
        if (latest == null || (latest.equals(durable) && latestAtMillis == durableAtMillis)) {
            return false;
        }
        return !latest.equals(durable)
                || (said != null && !said.equals(latest))
                || RegistrationCache.isRenewalDue(sensor.id(), sensor.type(), durableAtMillis, latestAtMillis);
    }

    /** Each field is written with its own record time. */
    private Statement<?> description(Statements statements, SensorId id, TimestampedDescription said) {
        if (said.unit() == null || said.site() == null || said.unitAtMillis() == said.siteAtMillis()) {
            return describe(statements, id, said)
                    .setConsistencyLevel(database.writeLevel())
                    .setExecutionProfileName("write");
        }
        return BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .addStatement(describe(
                        statements,
                        id,
                        TimestampedDescription.of(new Description(said.unit(), null), said.unitAtMillis())))
                .addStatement(describe(
                        statements,
                        id,
                        TimestampedDescription.of(new Description(null, said.site()), said.siteAtMillis())))
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write")
                .build();
    }

    private static BoundStatement describe(Statements statements, SensorId id, TimestampedDescription said) {
        BoundStatementBuilder update = statements
                .get(Cql.DESCRIBE_SENSOR)
                .boundStatementBuilder()
                .setLong(0, said.allAtMillis() * 1_000)
                .setString(3, id.value());
        if (said.unit() != null) {
            update = update.setString(1, said.unit());
        }
        if (said.site() != null) {
            update = update.setString(2, said.site());
        }
        return update.build();
    }

    /** A sensor by its id, held or looked up; empty if there is none. Its type is certain, the rest may be old. */
    public Uni<Optional<Sensor>> find(SensorId id, Consistency consistency) {
        Known sensor = held.getIfPresent(id);
        return sensor != null ? Uni.createFrom().item(Optional.of(sensor.sensor())) : read(id, consistency);
    }

    /** A sensor as it is registered now; empty if there is none. */
    public Uni<Optional<Sensor>> read(SensorId id, Consistency consistency) {
        return lookUp(id, consistency)
                .invoke(found -> found.ifPresent(sensor -> hold(sensor, consistency)))
                .map(found -> found.map(Known::sensor));
    }

    /** What was read at another level than the usual may not be durable. */
    private void hold(Known sensor, Consistency consistency) {
        if (consistency == Consistency.DEFAULT) {
            held.asMap().merge(sensor.id(), sensor, Known::and);
        }
    }

    /** Sensors as they are registered now, in the order of their ids; without those that are not. */
    Uni<List<Sensor>> read(List<SensorId> ids, Consistency consistency) {
        return Multi.createFrom()
                .iterable(ids)
                .group()
                .intoLists()
                .of(SENSORS_PER_QUESTION)
                .onItem()
                .transformToUni(some -> lookUp(some, consistency))
                .merge(LOOKUPS_AT_ONCE / SENSORS_PER_QUESTION)
                .plug(Concatenation.contents(found -> found))
                .invoke(sensor -> hold(sensor, consistency))
                .collect()
                .asMap(Known::id)
                .map(byId -> ids.stream()
                        .map(byId::get)
                        .filter(Objects::nonNull)
                        .map(Known::sensor)
                        .toList());
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

    private Uni<List<Known>> lookUp(List<SensorId> ids, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.SENSORS)
                        .boundStatementBuilder()
                        .setList(0, ids.stream().map(SensorId::value).toList(), String.class)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> StreamSupport.stream(rows.currentPage().spliterator(), false)
                        .map(SensorRegistry::known)
                        .flatMap(Optional::stream)
                        .toList());
    }

    private static Optional<Known> known(Row row) {
        String type = row.getString("type");
        if (type == null) {
            return Optional.empty();
        }
        TimestampedDescription observed = TimestampedDescription.of(
                Description.of(row.getString("observed_unit"), row.getString("observed_site")),
                row.getLong("unit_written") / 1_000,
                row.getLong("site_written") / 1_000);
        return Optional.of(new Known(
                new SensorId(Objects.requireNonNull(row.getString("sensor_id"))),
                new SensorType(type),
                assigned(row),
                observed,
                observed));
    }

    private static SensorMetadata assigned(Row row) {
        Map<String, String> labels = row.getMap("labels", String.class, String.class);
        String interval = row.getString("expected_interval");
        return new SensorMetadata(
                Description.of(row.getString("unit"), row.getString("site")),
                row.getString("name"),
                labels == null ? Map.of() : labels,
                interval == null ? null : Duration.parse(interval));
    }

    /** The sensor in a row that has all columns of {@code sensors}; empty if nobody registered it. */
    static Optional<Sensor> sensor(Row row) {
        return known(row).map(Known::sensor);
    }

    static int slotOf(SensorId id) {
        return Math.floorMod(Layout.hash(id.value()), SLOTS);
    }
}
