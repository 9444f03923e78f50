package io.telltale.packing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.FreshMinute;
import io.telltale.store.HistoryAccess;
import io.telltale.store.MergingAccess;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.store.SourceContract;
import io.telltale.store.StoredReading;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Merges and removes minutes in Cassandra, while the service reads them. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MergedMinutesTest {

    private static final long MINUTE = 60_000;

    private final SensorType type = MergingAccess.typeWithSegments("merged");
    private final List<Sensor> sensors = List.of(newSensor(), newSensor());

    /** A while ago, at the start of a bucket. */
    private final long start = Clock.systemUTC().millis() / 900_000 * 900_000 - 3_600_000;

    private final HookedMergingTables tables = new HookedMergingTables(MergingAccess.tables(), type);
    private final Map<SensorId, TreeMap<Long, RecordedReading>> winners = new HashMap<>();
    private long nanos;
    private long offset;

    @AfterEach
    void assertHooksPassed() {
        tables.assertHooksPassed();
    }

    private Sensor newSensor() {
        return new Sensor(new SensorId(type.name() + "-" + SharedStack.get().nextNumber()), type, Description.NONE);
    }

    private Merger merger(HookedMergingTables with) {
        return merger(with, Clock.systemUTC());
    }

    private Merger merger(HookedMergingTables with, Clock clock) {
        return new Merger(
                with,
                new MergingMetrics(new SimpleMeterRegistry(), Clock.systemUTC()),
                true,
                MergedRecords.CONFIG,
                clock,
                () -> nanos,
                new PackerWaits());
    }

    private RecordedReading record(Sensor sensor, long millis) {
        return new RecordedReading(
                new Reading(sensor.id(), type, millis, new Value.Numeric(offset)),
                new RecordOrigin(1, 0, offset++),
                start);
    }

    /** Late ones, those on time, and corrections in the next minute. */
    private void arriveSome() {
        for (int minute = 0; minute < 2; minute++) {
            List<RecordedReading> records = new ArrayList<>();
            for (Sensor sensor : sensors) {
                for (int i = 0; i < 5; i++) {
                    records.add(record(sensor, start + i * 10_000L));
                    records.add(record(sensor, start - 20 * MINUTE + i));
                }
            }
            write(start + minute * MINUTE, records);
        }
    }

    private void write(long arrivalMillis, List<RecordedReading> records) {
        MergingAccess.write(type, arrivalMillis, records);
        records.forEach(this::expect);
    }

    private void expect(RecordedReading record) {
        winners.computeIfAbsent(record.reading().sensorId(), first -> new TreeMap<>())
                .merge(
                        record.reading().timestampMillis(),
                        record,
                        (one, other) -> one.origin().offset() > other.origin().offset() ? one : other);
    }

    /** Each reading exactly once, in both orders. */
    private void assertAllThere() {
        for (Sensor sensor : sensors) {
            List<StoredReading> expected =
                    new ArrayList<>(winners.getOrDefault(sensor.id(), new TreeMap<>()).values().stream()
                            .map(record -> new StoredReading(
                                    record.reading().timestampMillis(),
                                    record.reading().value(),
                                    record.origin()))
                            .toList());
            assertThat(range(sensor, Order.ASC)).isEqualTo(expected);
            Collections.reverse(expected);
            assertThat(range(sensor, Order.DESC)).isEqualTo(expected);
        }
    }

    private List<StoredReading> range(Sensor sensor, Order order) {
        return MergingAccess.range(sensor, start - 60 * MINUTE, start + 60 * MINUTE, order, 10_000);
    }

    /** Merges, removes and forgets. */
    private void passes(Merger merger, int count) {
        for (int pass = 0; pass < count; pass++) {
            nanos += RemovalDelays.DELAY.toNanos() + 1;
            merger.pass();
        }
    }

    private void assertNothingFresh() {
        assertThat(await(tables.minutes(type))).isEmpty();
        assertThat(tables.allPartitions()).isEmpty();
    }

    @Test
    void readsMissNothingAtAnyStep() {
        arriveSome();
        assertAllThere();
        int[] checks = {0};
        tables.hook = (operation, isBefore) -> {
            assertAllThere();
            checks[0]++;
        };
        passes(merger(tables), 5);
        tables.assertHooksPassed();
        assertThat(checks[0]).isGreaterThan(40);
        assertAllThere();
        assertNothingFresh();
        assertThat(MergingAccess.recentSegments(type)).isPositive();
    }

    @Test
    void killsAtAnyStepLeaveEachReadingOnce() {
        boolean isKilled = true;
        arriveSome();
        // Each merger gets further than the one before.
        for (int step = 1; isKilled; step += 3) {
            int last = step;
            int[] steps = {0};
            HookedMergingTables killed = new HookedMergingTables(MergingAccess.tables(), type);
            killed.hasLeases = false;
            killed.hook = (operation, isBefore) -> {
                if (++steps[0] >= last) {
                    throw new HookFailures.KilledException();
                }
            };
            passes(merger(killed), 5);
            isKilled = steps[0] >= last;
            assertAllThere();
        }
        tables.hasLeases = false;
        passes(merger(tables), 5);
        assertAllThere();
        assertNothingFresh();
    }

    /** Of segments with an older, the same and a later write timestamp than those that were merged. */
    @Test
    void onlyWhatWasMergedIsRemoved() {
        FreshMinute minute = MergingAccess.minute(type, start);
        long micros = start * 1_000;
        await(tables.add(minute));
        RecordedReading merged = record(sensors.get(0), start);
        MergingAccess.writeAt(minute, List.of(merged), micros);
        assertThat(tables.allPartitions()).as("found in one slice").containsExactly(minute);
        expect(merged);
        Merger merger = merger(tables);
        passes(merger, 2);
        RecordedReading later = record(sensors.get(1), start + 1);
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("remove") && isBefore) {
                MergingAccess.writeAt(minute, List.of(later), micros + 1);
            }
        };
        passes(merger, 1);
        tables.hook = (operation, isBefore) -> {};
        // Written now, but older: as a hint of a write that was not acknowledged.
        MergingAccess.writeAt(minute, List.of(record(sensors.get(1), start + 2)), micros);
        assertThat(await(tables.keys(minute)).items()).singleElement().satisfies(key -> assertThat(key.writtenMicros())
                .isEqualTo(micros + 1));
        expect(later);
        passes(merger, 1);
        assertAllThere();
        passes(merger, 3);
        assertAllThere();
        assertNothingFresh();
    }

    @Test
    void stragglersAreMergedAgain() {
        arriveSome();
        Merger merger = merger(tables);
        passes(merger, 2);
        List<RecordedReading> stragglers = List.of(record(sensors.get(0), start + 7), record(sensors.get(1), start));
        write(start, stragglers);
        passes(merger, 1);
        assertAllThere();
        passes(merger, 4);
        assertNothingFresh();
        // The minute was forgotten.
        write(start, List.of(record(sensors.get(0), start + 8)));
        passes(merger, 4);
        assertAllThere();
        assertNothingFresh();
    }

    /** At a step of one merger another one does all of its work, and more than the delay passes. */
    @Test
    void twoMergersAtATimeAreHarmless() {
        HookedMergingTables others = new HookedMergingTables(MergingAccess.tables(), type);
        others.hasLeases = false;
        Merger other = merger(others);
        int met = 0;
        boolean hasMet = true;
        for (int step = 1; hasMet; step += 3) {
            arriveSome();
            int last = step;
            int[] steps = {0};
            HookedMergingTables interrupted = new HookedMergingTables(MergingAccess.tables(), type);
            interrupted.hasLeases = false;
            interrupted.hook = (operation, isBefore) -> {
                if (++steps[0] == last) {
                    passes(other, 4);
                    assertAllThere();
                }
            };
            passes(merger(interrupted), 5);
            interrupted.assertHooksPassed();
            hasMet = steps[0] >= last;
            met += hasMet ? 1 : 0;
            assertAllThere();
        }
        assertThat(met).isGreaterThan(10);
        passes(other, 5);
        assertAllThere();
        assertNothingFresh();
    }

    /** Ranges in any order and number, over more buckets than a pass reads. */
    @Test
    void mergedReadingsPassTheContractOfSources() {
        Sensor sensor = sensors.get(0);
        SourceContract contract = new SourceContract(sensor, start - 43_200_000, new Random(8));
        SourceContract.Source source = (from, to, order, limit) -> MergingAccess.range(sensor, from, to, order, limit);
        for (int minute = 0; minute < 4; minute++) {
            MergingAccess.write(type, start + minute * MINUTE, contract.records(3_000));
        }
        Merger merger = merger(tables);
        passes(merger, 1);
        MergingAccess.write(type, start + 10 * MINUTE, contract.records(2_000));
        HistoryAccess.delete(contract.deletion());
        assertThat(await(tables.minutes(type)))
                .extracting(state -> state.mark().isPresent())
                .containsExactly(true, true, true, true, false);
        contract.check(source);
        passes(merger, 5);
        assertNothingFresh();
        contract.check(source);
    }

    /** Readings that were consumed from Kafka, with a correction and a deletion. */
    @Test
    void theApiAnswersAsBeforeTheMerge() {
        try (TestFleet fleet = TestFleet.ofType(type.name())) {
            long now = Clock.systemUTC().millis();
            for (int i = 0; i < 300; i++) {
                // Most are late, some are on time.
                fleet.send("a." + type.name(), now - i * MINUTE, i % 7 == 0 ? "text " + i : i);
                fleet.send("b." + type.name(), now - i * MINUTE, i / 10.0);
            }
            fleet.send("b." + type.name(), now - 2 * MINUTE, 4711);
            fleet.awaitStored();
            given().delete("/api/v1/sensors/a.%s/readings?from=%s&to=%s"
                            .formatted(
                                    type.name(),
                                    Instant.ofEpochMilli(now - 60 * MINUTE),
                                    Instant.ofEpochMilli(now - 50 * MINUTE)))
                    .then()
                    .statusCode(204);
            String before = answers(now);
            assertThat(before).contains("4711", "text 287").doesNotContain("text 56");
            // The minutes are not complete yet, but no write follows.
            Merger merger = merger(tables, Clock.offset(Clock.systemUTC(), Duration.ofMinutes(3)));
            for (int pass = 0; pass < 5; pass++) {
                passes(merger, 1);
                assertThat(answers(now)).isEqualTo(before);
            }
            assertNothingFresh();
        }
    }

    private String answers(long now) {
        String range =
                "from=%s&to=%s".formatted(Instant.ofEpochMilli(now - 400 * MINUTE), Instant.ofEpochMilli(now + 1));
        return Stream.of(
                        "/sensors/a.%1$s/readings?limit=100&" + range,
                        "/sensors/a.%1$s/readings?limit=10000&order=desc&" + range,
                        "/sensors/b.%1$s/readings?format=csv&" + range,
                        "/sensors/a.%1$s/readings/latest",
                        "/sensors/b.%1$s/aggregates?interval=1h&functions=count,min,max,avg,first,last,p95&" + range,
                        "/readings/latest?sensor=a.%1$s&sensor=b.%1$s",
                        "/readings?format=ndjson&sensor=a.%1$s&sensor=b.%1$s&" + range)
                .map(path -> given().get("/api/v1" + path.formatted(type.name()))
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString()
                        .replaceAll("\"(meta|ageMs|next)\".*", ""))
                .collect(Collectors.joining("\n"));
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(60));
    }
}
