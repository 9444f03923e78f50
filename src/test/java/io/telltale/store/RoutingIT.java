package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DriverExecutionProfile;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.session.Request;
import com.datastax.oss.driver.api.core.session.Session;
import com.datastax.oss.driver.api.core.tracker.RequestTracker;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterPlan;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.Statements.Cql;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which of three nodes coordinates the statements of the service, and what a paused one costs reads. */
@Tag("servers")
@Tag("long")
class RoutingIT {

    private static final Logger log = Logger.getLogger(RoutingIT.class);
    private static final SensorType TYPE = new SensorType("routing");
    private static final SensorId SENSOR = new SensorId("routing-1");
    private static final long T = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final int PARTITIONS = 300;

    /**
     * They begin within 3 s: before Cassandra gives up a read that waits for the paused node (5 s), and before the
     * driver's heartbeat closes the connections of that node.
     */
    private static final int READS = 300;

    /** More than one at a time: the driver prefers a node without open requests, and so avoids one that hangs. */
    private static final int READS_AT_ONCE = 10;

    private static final Duration BETWEEN_BURSTS = Duration.ofMillis(100);
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private static CassandraCluster ring;

    @BeforeAll
    static void start() {
        ring = CassandraCluster.start(ClusterPlan.ring(3));
    }

    @AfterAll
    static void end() {
        ring.close();
    }

    @AfterEach
    void clearDriverSettings() {
        new DriverSettings(StoreSettings.in("routing")).properties().keySet().forEach(System::clearProperty);
    }

    /** With one replica per partition: two of three nodes would have to pass each request on. */
    @Test
    void sendsReadsAndBatchesToAReplica() {
        try (Store store = new Store(settings("routing_one", 1, Duration.ZERO))) {
            store.writePartitions();
            store.readPartitions();
            for (String profile : List.of("write", "read")) {
                Routing routing = store.tracker.routing(profile);
                log.infof("Profile %s: %s", profile, routing);
                assertThat(routing.requests.get()).as(profile).isGreaterThanOrEqualTo(PARTITIONS);
                assertThat((double) routing.toReplicas.get() / routing.requests.get())
                        .as("share of %s requests that a replica coordinates", profile)
                        .isGreaterThanOrEqualTo(0.95);
            }
        }
    }

    @Test
    void asksAnotherNodeWhileOneIsPaused() {
        Latencies without;
        try (Store store = filled("routing_without", Duration.ZERO)) {
            without = readWhileOneIsPaused(store);
        }
        log.infof("One node of three paused, no speculation: %s", without);
        Duration delay = Duration.ofMillis(500);
        Latencies healthy;
        Latencies with;
        try (Store store = filled("routing_with", delay)) {
            healthy = read(store, () -> {});
            with = readWhileOneIsPaused(store);
        }
        log.infof("All nodes up, speculation after %s: %s", delay, healthy);
        log.infof("One node of three paused, speculation after %s: %s", delay, with);

        assertThat(healthy.sentTwice()).as("reads sent twice, all nodes up").isLessThan(READS / 20);
        assertThat(without.sentTwice()).isZero();
        assertThat(with.sentTwice()).as("reads sent twice during a pause").isPositive();
    }

    /**
     * Each pause has a keyspace of its own, since Cassandra asks a second replica after a delay that follows from the
     * latencies of the table before.
     */
    private static Store filled(String keyspace, Duration speculativeReadDelay) {
        Store store = new Store(settings(keyspace, 3, speculativeReadDelay));
        store.writePartitions();
        store.readPartitions(); // also warms up
        return store;
    }

    /** The node resumes once all reads have begun: those that wait for it can end. */
    private static Latencies readWhileOneIsPaused(Store store) {
        ring.node(3).pause();
        Latencies latencies = read(store, ring.node(3)::resume);
        ring.awaitWhole();
        return latencies;
    }

    /** Open loop: reads begin at fixed times, some at once, so that waiting reads hold up no others. */
    private static Latencies read(Store store, Runnable allBegun) {
        return new Latencies(Multi.createFrom()
                .ticks()
                .every(BETWEEN_BURSTS)
                .select()
                .first(READS / READS_AT_ONCE)
                .onItem()
                .transformToMulti(burst -> Multi.createFrom()
                        .range(burst.intValue() * READS_AT_ONCE, (burst.intValue() + 1) * READS_AT_ONCE))
                .concatenate()
                .onTermination()
                .invoke(allBegun)
                .onItem()
                .transformToUni(i -> store.timedRead(i % PARTITIONS))
                .merge(READS)
                .collect()
                .asList()
                .await()
                .atMost(LIMIT));
    }

    private static StoreSettings settings(String keyspace, int factor, Duration speculativeReadDelay) {
        return StoreSettings.in(keyspace)
                .withReplication("{'class': 'NetworkTopologyStrategy', 'datacenter1': %d}".formatted(factor))
                .withSpeculativeReadDelay(speculativeReadDelay);
    }

    /** @param executions how often it was sent */
    private record Read(long nanos, int executions) {}

    private record Latencies(List<Read> reads) {

        Latencies {
            reads = reads.stream().sorted(Comparator.comparing(Read::nanos)).toList();
        }

        Duration percentile(double share) {
            return Duration.ofNanos(
                    reads.get((int) Math.ceil(share * reads.size()) - 1).nanos());
        }

        long sentTwice() {
            return reads.stream().filter(read -> read.executions() > 1).count();
        }

        @Override
        public String toString() {
            return "%d reads, p50 %d ms, p90 %d ms, p99 %d ms, longest %d ms, %d sent twice"
                    .formatted(
                            reads.size(),
                            percentile(0.5).toMillis(),
                            percentile(0.9).toMillis(),
                            percentile(0.99).toMillis(),
                            percentile(1).toMillis(),
                            sentTwice());
        }
    }

    /** How many requests of a profile a replica of their partition coordinated. */
    private static final class Routing {
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicInteger toReplicas = new AtomicInteger();

        @Override
        public String toString() {
            return "%d of %d requests went to a replica".formatted(toReplicas.get(), requests.get());
        }
    }

    /** Observes which node answers the requests of a session. */
    private static final class Tracker implements RequestTracker {
        private final String keyspace;
        private final Map<String, Routing> routingByProfile = new ConcurrentHashMap<>();
        private volatile @Nullable Session session;

        Tracker(String keyspace) {
            this.keyspace = keyspace;
        }

        Routing routing(String profile) {
            return routingByProfile.computeIfAbsent(profile, any -> new Routing());
        }

        @Override
        public void onSessionReady(Session opened) {
            session = opened;
        }

        @Override
        public void onNodeSuccess(
                Request request, long nanos, DriverExecutionProfile profile, Node node, String execution) {
            Session opened = session;
            if (opened == null
                    || (!profile.getName().equals("read") && !profile.getName().equals("write"))) {
                return;
            }
            Routing routing = routing(profile.getName());
            routing.requests.incrementAndGet();
            if (request.getRoutingKey() != null
                    && opened.getMetadata()
                            .getTokenMap()
                            .orElseThrow()
                            .getReplicas(keyspace, request.getRoutingKey())
                            .contains(node)) {
                routing.toReplicas.incrementAndGet();
            }
        }

        @Override
        public void close() {
            // holds nothing
        }
    }

    /** The store of the service on a session with the service's configuration of the driver. */
    private static final class Store implements AutoCloseable {
        private final CqlSession session;
        private final Database database;
        private final ReadingStore readings;
        private final Tracker tracker;

        Store(StoreSettings settings) {
            this.tracker = new Tracker(settings.keyspace());
            new DriverSettings(settings).apply();
            this.session = CqlSession.builder()
                    .addContactPoints(Arrays.stream(ring.contactPoints().split(",", -1))
                            .map(Store::address)
                            .toList())
                    .withLocalDatacenter(ring.dataCenter())
                    .withClassLoader(CqlSession.class.getClassLoader())
                    .addRequestTracker(tracker)
                    .build();
            Retention retention = new Retention(settings, Clock.systemUTC());
            this.database = new Database(
                    new Sessions(() -> CompletableFuture.completedFuture(session)), settings, retention, status -> {});
            Layouts layouts = new Layouts(database, settings, Clock.systemUTC());
            this.readings = UnsealedStore.on(database, layouts, settings, Clock.systemUTC());
            database.connect(new StartupEvent());
            database.whenReady().await().atMost(LIMIT);
        }

        /** Three rows of each partition in one batch, and the entries of the index. */
        void writePartitions() {
            // Alone, since it agrees on the layout of the type.
            write(0).onFailure().retry().atMost(5).await().atMost(LIMIT);
            inTurn(this::write);
        }

        private Uni<Void> write(int partition) {
            return readings.write(
                    partition(partition),
                    rows(IntStream.range(0, 3)
                            .mapToObj(row -> reading(partition, row))
                            .toList()));
        }

        void readPartitions() {
            inTurn(this::read);
        }

        /** The statement of {@link #read}, for what the driver reports of its execution. */
        Uni<Read> timedRead(int partition) {
            return Uni.createFrom().deferred(() -> {
                long begin = System.nanoTime();
                return database.run(statements -> statements
                                .get(Cql.READINGS_DESCENDING)
                                .bind(
                                        TYPE.name(),
                                        partition,
                                        Instant.ofEpochMilli(T),
                                        SENSOR.value(),
                                        Instant.ofEpochMilli(Reading.MIN_TIMESTAMP_MILLIS),
                                        Instant.ofEpochMilli(Reading.MAX_TIMESTAMP_MILLIS + 1),
                                        1)
                                .setConsistencyLevel(Database.level(Consistency.DEFAULT))
                                .setExecutionProfileName("read"))
                        .map(rows -> new Read(
                                System.nanoTime() - begin,
                                1 + rows.getExecutionInfo().getSpeculativeExecutionCount()));
            });
        }

        @Override
        public void close() {
            database.stop(new ShutdownEvent());
            session.close();
        }

        private Uni<Void> read(int partition) {
            return readings.newestIn(partition(partition), SENSOR, Consistency.DEFAULT)
                    .invoke(found -> assertThat(found).isPresent())
                    .replaceWithVoid();
        }

        private static void inTurn(IntFunction<Uni<Void>> work) {
            Multi.createFrom()
                    .range(0, PARTITIONS)
                    .onItem()
                    .transformToUni(work::apply)
                    .merge(8)
                    .collect()
                    .last()
                    .await()
                    .atMost(LIMIT);
        }

        private static ReadingPartition partition(int number) {
            return new ReadingPartition(TYPE, number, T);
        }

        private static RecordedReading reading(int partition, int row) {
            return new RecordedReading(
                    new Reading(SENSOR, TYPE, T + row, new Value.Numeric(partition)),
                    new RecordOrigin(1, 0, row),
                    T + row);
        }

        private static InetSocketAddress address(String contactPoint) {
            int colon = contactPoint.lastIndexOf(':');
            return new InetSocketAddress(
                    contactPoint.substring(0, colon), Integer.parseInt(contactPoint.substring(colon + 1)));
        }
    }
}
