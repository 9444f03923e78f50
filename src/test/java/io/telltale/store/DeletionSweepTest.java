package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.SpanMarks.Mark;
import jakarta.enterprise.inject.Vetoed;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeletionSweepTest {

    private static final Sensor SENSOR =
            new Sensor(new SensorId("swept"), new SensorType("sweep-test"), Description.NONE);

    private static final String FAILING = "failing";
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final List<String> events = new ArrayList<>();
    private final Clock clock = Clock.systemUTC();
    private final StoreSettings settings = StoreSettings.in("none");
    private final Database database = new TombstoneCount();

    /** Answers each request without a server. */
    @Vetoed
    private final class TombstoneCount extends Database {
        TombstoneCount() {
            super(
                    new Sessions(() -> new CompletableFuture<>()),
                    settings,
                    new Retention(settings, Clock.systemUTC()),
                    status -> {});
        }

        @Override
        Uni<AsyncResultSet> run(Function<Statements, Statement<?>> statement) {
            return Uni.createFrom().<AsyncResultSet>nullItem().invoke(() -> events.add("tombstone"));
        }
    }

    /** The hours of a sensor; those of one sensor cannot be read. */
    @Vetoed
    private final class Hours extends BucketIndex {
        Hours() {
            super(database, new Layouts(database, settings, clock), new Retention(settings, clock), settings);
        }

        @Override
        public Multi<ReadingPartition> partitions(
                Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
            if (sensor.id().value().equals(FAILING)) {
                return Multi.createFrom().failure(UnavailableStore.failure());
            }
            return Multi.createFrom()
                    .iterable(IntStream.range(0, 9)
                            .mapToObj(hour -> new ReadingPartition(sensor.type(), 0, hour * 3_600_000L))
                            .toList());
        }
    }

    /** Some deletions; records which are marked as swept. */
    @Vetoed
    private final class FixedDeletions extends DeletionLog {
        private final List<Deletion> unswept;

        FixedDeletions(List<Deletion> unswept) {
            super(database, new NewDeletions(new Shreddings(clock)), settings);
            this.unswept = unswept;
        }

        @Override
        Uni<List<Deletion>> unswept() {
            return Uni.createFrom().item(unswept);
        }

        @Override
        Uni<Void> markSwept(Deletion deletion) {
            return Uni.createFrom().voidItem().invoke(() -> events.add("swept " + deletion.sensorId()));
        }
    }

    /** For example since the Cassandra replicas of its partitions are down (decision 0019). */
    @Test
    void aDeletionThatFailsDoesNotStopTheOthers() {
        List<Deletion> unswept = Stream.of("first", FAILING, "last")
                .map(id -> Deletion.shredding(new SensorId(id), SENSOR.type(), 1))
                .toList();
        sweepOf(new FixedDeletions(unswept)).sweepAgain().await().atMost(LIMIT);
        assertThat(events).filteredOn(event -> event.startsWith("swept")).containsExactly("swept first", "swept last");
    }

    /** The span is packed again once, and not with a part of the readings. */
    @Test
    void aSpanIsMarkedOnceAfterItsLastTombstone() {
        sweepOf(new FixedDeletions(List.of()))
                .sweep(new Deletion(SENSOR.id(), 1, 0, 9 * 3_600_000L), SENSOR)
                .await()
                .atMost(LIMIT);
        assertThat(events.subList(0, 9)).containsOnly("tombstone");
        assertThat(events.subList(9, events.size())).containsExactlyInAnyOrder("mark 0", "mark " + 6 * 3_600_000L);
    }

    private DeletionSweep sweepOf(DeletionLog deletions) {
        HistoryMarks marks = new HistoryMarks(database, clock) {
            @Override
            Uni<Void> put(Span span, Mark mark) {
                return Uni.createFrom().voidItem().invoke(() -> events.add("mark " + span.startMillis()));
            }
        };
        return new DeletionSweep(
                database,
                new Hours(),
                SensorReplica.on(database, settings).registry(),
                deletions,
                new LateWrites(marks, clock),
                clock,
                settings);
    }
}
