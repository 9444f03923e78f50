package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.uuid.Uuids;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Sensor;
import io.telltale.settings.RateLimitedLog;
import io.telltale.store.SensorListEntries.NewEntries;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;

/**
 * Builds the lists by metadata and the values of filters from the sensors that were registered before these tables
 * existed. What needs them waits until they are complete.
 *
 * <p>Replicas of an earlier release, which do not keep the index, may run for a while beside new ones, and again after
 * a roll back. So each replica builds it once more an hour after its start. That is safe at any time: readers skip an
 * entry too many. A replica also builds it soon after values of filters were not inserted, because too many were
 * pending.
 */
@Singleton
class SensorIndex {

    private static final Logger log = Logger.getLogger(SensorIndex.class);

    private static final RateLimitedLog NOT_BUILT = new RateLimitedLog(log, Logger.Level.WARN);

    private static final Duration MAX_WAIT = Duration.ofSeconds(5);
    private static final Duration MIN_BACKOFF = Duration.ofMillis(500);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(10);
    private static final Duration REBUILD_AFTER = Duration.ofHours(1);
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);
    private static final int SENSORS_PER_PAGE = 500;

    private final Database database;
    private final SensorListEntries entries;
    private final Duration checkInterval;
    private final Uni<Void> complete;
    private volatile boolean isComplete;
    private volatile boolean isStopping;
    private volatile List<Cancellable> rebuilding = List.of();

    @Inject
    SensorIndex(Database database, SensorListEntries entries) {
        this(database, entries, CHECK_INTERVAL);
    }

    /** @param checkInterval the time after which missing values are noticed */
    SensorIndex(Database database, SensorListEntries entries, Duration checkInterval) {
        this.database = database;
        this.entries = entries;
        this.checkInterval = checkInterval;
        this.complete = retrying(Uni.createFrom().deferred(database::whenReady).chain(this::buildIfMissing))
                .invoke(() -> isComplete = true)
                .memoize()
                .indefinitely();
    }

    private Uni<Void> retrying(Uni<Void> work) {
        return work.onFailure(failure -> !isStopping)
                .invoke(failure ->
                        NOT_BUILT.say("The index of labels is not built yet, trying again: %s".formatted(failure)))
                .onFailure(failure -> !isStopping)
                .retry()
                .withBackOff(MIN_BACKOFF, MAX_BACKOFF)
                .indefinitely();
    }

    void start(@Observes StartupEvent start) {
        rebuilding = List.of(
                inBackground(complete.onItem().delayIt().by(REBUILD_AFTER).chain(() -> retrying(build()))),
                inBackground(Multi.createFrom()
                        .ticks()
                        .startingAfter(checkInterval)
                        .every(checkInterval)
                        .onOverflow()
                        .drop()
                        .filter(tick -> entries.takeMissingValues())
                        .plug(Concatenation.unis(tick -> buildLater().replaceWith(tick)))
                        .collect()
                        .last()
                        .replaceWithVoid()));
    }

    /** A sensor is registered after its values were due, so it may not be there at once. */
    private Uni<Void> buildLater() {
        return Uni.createFrom().voidItem().onItem().delayIt().by(checkInterval).chain(() -> retrying(build()));
    }

    private static Cancellable inBackground(Uni<Void> building) {
        return building.subscribe()
                .with(
                        done -> {},
                        failure -> log.debugf(failure, "The index of labels is not built, since the service stops"));
    }

    void stop(@Observes ShutdownEvent stop) {
        isStopping = true;
        rebuilding.forEach(Cancellable::cancel);
    }

    /** Completes when every sensor is in the index. Fails with a problem if that takes longer than five seconds. */
    Uni<Void> whenComplete() {
        if (isComplete) {
            return Uni.createFrom().voidItem();
        }
        return database.isReady() ? whenBuilt() : database.ping().chain(this::whenBuilt);
    }

    private Uni<Void> whenBuilt() {
        return complete.ifNoItem().after(MAX_WAIT).failWith(() -> Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "the index of labels is being built from the registered sensors; try again")
                .exception());
    }

    private Uni<Void> buildIfMissing() {
        return isBuilt().chain(built -> built ? Uni.createFrom().voidItem() : build().chain(this::setBuilt));
    }

    private Uni<Boolean> isBuilt() {
        return database.run(statements -> statements
                        .get(Cql.INDEX_REVISION)
                        .boundStatementBuilder()
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> rows.one() != null);
    }

    private Uni<Void> setBuilt() {
        return database.run(statements -> statements
                        .get(Cql.SET_INDEX_REVISION)
                        .boundStatementBuilder()
                        .setUuid(0, Uuids.timeBased())
                        .setExecutionProfileName("registry")
                        .build())
                .replaceWithVoid();
    }

    /** Inserts the entries of all sensors. Idempotent; holds one page of sensors at a time. */
    Uni<Void> build() {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.ALL_SENSORS)
                        .boundStatementBuilder()
                        .setPageSize(SENSORS_PER_PAGE)
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.unis(page -> entries.insert(entriesOf(page)).replaceWith(1)))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** All entries that the new tables have; those by type and by site exist already. */
    private static NewEntries entriesOf(AsyncResultSet page) {
        NewEntries entries = new NewEntries();
        StreamSupport.stream(page.currentPage().spliterator(), false)
                .map(RegisteredSensor::of)
                .flatMap(Optional::stream)
                .map(RegisteredSensor::sensor)
                .forEach(sensor -> SensorList.of(sensor).forEach(list -> add(list, sensor, entries)));
        return entries;
    }

    private static void add(SensorList list, Sensor sensor, NewEntries entries) {
        if (list.kind().isMetadata()) {
            entries.add(list, sensor.id());
        } else {
            entries.addValues(list, sensor.id());
        }
    }
}
