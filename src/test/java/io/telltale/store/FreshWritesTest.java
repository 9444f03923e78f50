package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.Value;
import io.telltale.settings.SuppliedClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Writes segments in several requests, slowly, and with a retention. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class FreshWritesTest extends FreshFixture {

    /** Otherwise a batch of several slow requests would be written without end. */
    @Test
    void aRequestThatWasInTimeIsNotRepeated() {
        Sensor sensor = newSensor(typeWithSegments("fresh-requests"));
        Random random = new Random(9);
        long start = FreshMinute.startOf(clock.millis());
        // On time in the minute of the first requests, and late in that of the last ones.
        long first = start - FreshWriter.HORIZON.toMillis() + 1_000;
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            String text = IntStream.range(0, 120)
                    .mapToObj(part -> Integer.toString(random.nextInt(10_000_000, 99_999_999)))
                    .collect(Collectors.joining());
            records.add(new RecordedReading(
                    new Reading(sensor.id(), sensor.type(), first + i, new Value.Text(text)),
                    new RecordOrigin(1, 0, i),
                    start));
        }
        AtomicLong now = new AtomicLong(start);
        AtomicInteger requests = new AtomicInteger();
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            Database slow =
                    new Database(
                            new Sessions(() -> CompletableFuture.completedFuture(session)),
                            StoreSettings.in(config.keyspace()),
                            retention,
                            status -> {}) {
                        @Override
                        Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
                            return super.run(prepared -> {
                                Statement<?> made = statement.apply(prepared);
                                if (made instanceof BatchStatement) {
                                    requests.incrementAndGet();
                                    now.addAndGet(25_000);
                                }
                                return made;
                            });
                        }
                    };
            await(slow.whenReady());
            await(new FreshWriter(slow, retention, new SuppliedClock(now::get))
                    .write(new Lane(sensor.type(), Lane.FIRST), rows(records)));
            assertThat(requests.get()).isBetween(5, 8);
            assertThat(session.execute(
                                    "SELECT minute FROM %s.fresh_minutes WHERE type = ?".formatted(config.keyspace()),
                                    sensor.type().name())
                            .all())
                    .hasSize(2);
        }
        assertThat(source(sensor).range(first, first + 900, Order.ASC, 10_000)).hasSize(900);
    }

    @Test
    void aWriteThatTookTooLongIsRepeatedInALaterMinute() {
        Sensor sensor = newSensor(typeWithSegments("fresh-slow"));
        // The clock moves by more than the margin during the first request.
        AtomicInteger looks = new AtomicInteger();
        Instant start = Instant.ofEpochMilli(FreshMinute.startOf(clock.millis()));
        Clock slow = new Clock() {
            @Override
            public Instant instant() {
                int look = looks.getAndIncrement();
                return start.plusSeconds(look <= 2 ? 0 : 70);
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
        List<RecordedReading> records = new SourceContract(sensor, clock.millis(), new Random(1)).records(1);
        await(new FreshWriter(database, retention, slow).write(new Lane(sensor.type(), Lane.FIRST), rows(records)));
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            assertThat(session.execute(
                                    "SELECT minute FROM %s.fresh_minutes WHERE type = ?".formatted(config.keyspace()),
                                    sensor.type().name())
                            .all())
                    .extracting(row -> row.getInstant(0))
                    .containsExactly(start, start.plusSeconds(60));
            for (Instant minute : List.of(start, start.plusSeconds(60))) {
                assertThat(session.execute(
                                        "SELECT seq FROM %s.fresh WHERE type = ? AND lane = 0 AND minute = ?"
                                                .formatted(config.keyspace()),
                                        sensor.type().name(),
                                        minute)
                                .all())
                        .hasSize(1);
            }
        }
        assertThat(source(sensor).range(0, Reading.MAX_TIMESTAMP_MILLIS, Order.ASC, 10))
                .hasSize(1);
    }

    @Test
    void aReadingExpiresWithTheRetentionOfItsWrite() {
        Sensor sensor = newSensor(typeWithSegments("fresh-expiring"));
        Retention anHour = new Retention(StoreSettings.in(config.keyspace()).withRetention(Duration.ofHours(1)), clock);
        long millis = clock.millis() - Duration.ofMinutes(30).toMillis();
        await(new FreshWriter(database, anHour, clock)
                .write(
                        new Lane(sensor.type(), Lane.FIRST),
                        rows(new RecordedReading(
                                new Reading(sensor.id(), sensor.type(), millis, new Value.Numeric(1)),
                                new RecordOrigin(1, 0, 1),
                                millis))));
        assertThat(readings(sensor, clock)).hasSize(1);
        assertThat(readings(sensor, Clock.offset(clock, Duration.ofMinutes(31))))
                .isEmpty();
    }

    /** A pass selects as many readings as are wanted, and the next one more. */
    @Test
    void theNewestReadingOfManyExpiredOnesTakesFewPasses() {
        Sensor sensor = newSensor(typeWithSegments("fresh-expired"));
        Retention anHour = new Retention(StoreSettings.in(config.keyspace()).withRetention(Duration.ofHours(1)), clock);
        long millis = clock.millis() - Duration.ofMinutes(30).toMillis();
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            records.add(new RecordedReading(
                    new Reading(sensor.id(), sensor.type(), millis + i, new Value.Numeric(i)),
                    new RecordOrigin(1, 0, i),
                    millis));
        }
        await(new FreshWriter(database, anHour, clock).write(new Lane(sensor.type(), Lane.FIRST), rows(records)));
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            CountingDatabase counting = new CountingDatabase(session, StoreSettings.in(config.keyspace()));
            await(counting.whenReady());
            int before = counting.statements.get();
            assertThat(readings(sensor, counting, Clock.offset(clock, Duration.ofMinutes(31)), Order.DESC, 1))
                    .isEmpty();
            assertThat(counting.statements.get() - before)
                    .as("1 + 8 + 64 + 512 readings, four requests each")
                    .isBetween(12, 16);
        }
    }
}
