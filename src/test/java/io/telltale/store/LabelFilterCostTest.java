package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.local.LongTests;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A filter by a label that 10 of many sensors have, against reading the 10, while it is not remembered. Full size,
 * 100,000 sensors:
 * {@code mvn verify -Dlong -Dminutes=10 -Dtest=LabelFilterCostTest}.
 */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class LabelFilterCostTest {

    private static final Logger log = Logger.getLogger(LabelFilterCostTest.class);
    private static final int SENSORS = LongTests.amount(10_000, 10_000);
    private static final int RARE = 10;
    private static final int ROUNDS = 200;
    private static final int CONCURRENT_INSERTS = 256;
    private static final SensorType TYPE = new SensorType("labeled-fleet");

    private static CqlSession session;
    private static SensorReplica replica;

    @BeforeAll
    static void buildsTheIndexOfAFleet() {
        session = SharedStack.get().cassandra().connect();
        StoreSettings settings = StoreSettings.ofNewKeyspace();
        Database database = new Database(
                new Sessions(() -> CompletableFuture.completedFuture(session)),
                settings,
                new Retention(settings, Clock.systemUTC()),
                status -> {});
        await(database.whenReady());
        PreparedStatement insert = session.prepare(
                "INSERT INTO %s.sensors (sensor_id, type, labels) VALUES (?, ?, ?)".formatted(settings.keyspace()));
        await(Multi.createFrom()
                .range(0, SENSORS)
                .onItem()
                .transformToUni(i -> Uni.createFrom()
                        .completionStage(
                                () -> session.executeAsync(insert.bind(id(i).value(), TYPE.name(), labels(i)))))
                .merge(CONCURRENT_INSERTS)
                .collect()
                .last());
        replica = SensorReplica.on(database, settings);
        long started = System.nanoTime();
        // Of a large fleet, it takes longer than a reader waits.
        await(replica.index().whenComplete().onFailure().retry().atMost(60));
        log.infof("Index of %d sensors built in %d ms", SENSORS, (System.nanoTime() - started) / 1_000_000);
    }

    @AfterAll
    static void close() {
        session.close();
    }

    private static SensorId id(int number) {
        return new SensorId("labeled-fleet-" + number);
    }

    private static Map<String, String> labels(int number) {
        return number % (SENSORS / RARE) == 0 ? Map.of("all", "x", "rare", "x") : Map.of("all", "x");
    }

    @Test
    void aLabelOfTenAnswersAsFastAsNamingTheTen() {
        List<SensorId> ids =
                IntStream.range(0, RARE).mapToObj(i -> id(i * (SENSORS / RARE))).toList();
        long named = medianMicros(() -> replica.registry().read(ids, Consistency.DEFAULT));
        long labeled = medianMicros(() -> page(new SensorFilter(null, null, Map.of("rare", "x"))));
        long combined = medianMicros(() -> page(new SensorFilter(TYPE, null, Map.of("all", "x", "rare", "x"))));
        log.infof(
                "%d of %d sensors, median of %d: named %d us, by label %d us, by two labels and type %d us",
                RARE, SENSORS, ROUNDS, named, labeled, combined);
        assertThat(await(page(new SensorFilter(null, null, Map.of("rare", "x")))))
                .hasSize(RARE);
        // A scan of the sensors would take a hundred times as long. Tests run beside other work, so the limits are
        // wide.
        assertThat(labeled).isLessThan(10 * named);
        assertThat(combined).isLessThan(15 * named);
    }

    private static Uni<List<?>> page(SensorFilter filter) {
        return replica.lists().page(filter, null, 101, Consistency.DEFAULT).map(page -> page);
    }

    private static long medianMicros(Supplier<Uni<?>> read) {
        IntStream.range(0, ROUNDS).forEach(i -> await(read.get()));
        long[] nanos = IntStream.range(0, ROUNDS)
                .mapToLong(i -> {
                    long started = System.nanoTime();
                    await(read.get());
                    return System.nanoTime() - started;
                })
                .sorted()
                .toArray();
        return nanos[ROUNDS / 2] / 1_000;
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofMinutes(5));
    }
}
