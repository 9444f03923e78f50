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
import org.junit.jupiter.api.Test;

class DeletionSweepTest {

    private static final Sensor SENSOR =
            new Sensor(new SensorId("swept"), new SensorType("sweep-test"), Description.NONE);

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

    /** The hours of a sensor. */
    @Vetoed
    private final class Hours extends BucketIndex {
        Hours() {
            super(database, new Layouts(database, settings, clock), new Retention(settings, clock), settings);
        }

        @Override
        public Multi<ReadingPartition> partitions(
                Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
            return Multi.createFrom()
                    .iterable(IntStream.range(0, 9)
                            .mapToObj(hour -> new ReadingPartition(sensor.type(), 0, hour * 3_600_000L))
                            .toList());
        }
    }

    /** The span is packed again once, and not with a part of the readings. */
    @Test
    void aSpanIsMarkedOnceAfterItsLastTombstone() {
        HistoryMarks marks = new HistoryMarks(database, clock) {
            @Override
            Uni<Void> put(Span span, Mark mark) {
                return Uni.createFrom().voidItem().invoke(() -> events.add("mark " + span.startMillis()));
            }
        };
        SensorReplica replica = SensorReplica.on(database, settings);
        new DeletionSweep(
                        database,
                        new Hours(),
                        replica.registry(),
                        new DeletionLog(database, new NewDeletions(new Shreddings(clock)), settings),
                        new LateWrites(marks, clock),
                        clock,
                        settings)
                .sweep(new Deletion(SENSOR.id(), 1, 0, 9 * 3_600_000L), SENSOR)
                .await()
                .atMost(Duration.ofSeconds(10));
        assertThat(events.subList(0, 9)).containsOnly("tombstone");
        assertThat(events.subList(9, events.size())).containsExactlyInAnyOrder("mark 0", "mark " + 6 * 3_600_000L);
    }
}
