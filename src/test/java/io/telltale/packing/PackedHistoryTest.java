package io.telltale.packing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
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
import io.telltale.store.Deletion;
import io.telltale.store.HistoryAccess;
import io.telltale.store.Layout;
import io.telltale.store.PackedSegment;
import io.telltale.store.PackingTables;
import io.telltale.store.ReadingPartition;
import io.telltale.store.ReadingStore;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import io.telltale.store.SourceContract;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.StoredReading;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Packs spans of the running service, and compares what history and rows answer. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PackedHistoryTest {

    private static final String DAY = "2026-03-01T";
    private static final long START = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    private static final long HOUR = 3_600_000;

    @Inject
    PackingTables tables;

    @Inject
    ReadingStore store;

    /** Marks of writes that have just ended are old by this clock. */
    private static final Duration LATER = Duration.ofHours(25);

    private final Clock later = Clock.offset(Clock.systemUTC(), LATER);

    @AfterEach
    void readRowsAgain() {
        HistoryAccess.read(false);
    }

    /** The contract of sources: each gives what was written, in any range, order and number. */
    @Test
    void historyAndRowsGiveWhatWasWritten() {
        Random random = new Random(21);
        SensorType type = new SensorType("packed-contract");
        Sensor sensor = new Sensor(new SensorId("packed-" + SharedStack.get().nextNumber()), type, Description.NONE);
        SourceContract contract = new SourceContract(sensor, START, random);
        for (int batch = 0; batch < 2; batch++) {
            write(sensor, contract.records(6_000));
        }
        Deletion deletion = contract.deletion();
        // The second span stays unpacked.
        pack(span(sensor, START));
        HistoryAccess.delete(deletion);
        contract.check(source(sensor, false), source(sensor, true));
    }

    private SourceContract.Source source(Sensor sensor, boolean isHistory) {
        return (from, to, order, limit) -> {
            HistoryAccess.read(isHistory);
            return range(sensor, from, to, order, limit);
        };
    }

    @Test
    void lateCorrectedAndDeletedReadingsAreAnsweredAlike() {
        try (TestFleet fleet = TestFleet.ofType("packed-http")) {
            String moving = fleet.newSensor();
            SensorType type = new SensorType(fleet.type());
            Span span = span(sensor(moving, type), START);
            // Of another shard: its span is damaged below.
            String still = Stream.generate(fleet::newSensor)
                    .filter(id -> !span(sensor(id, type), START).equals(span))
                    .findFirst()
                    .orElseThrow();
            for (int i = 0; i < 9 * 60; i++) {
                fleet.send(moving, START + i * 60_000L, i % 7 == 0 ? "text " + i : i);
                fleet.send(still, START + i * 60_000L, i / 10.0);
            }
            fleet.awaitStored();
            Span stillSpan = span(sensor(still, type), START);
            Stream.of(span, stillSpan).forEach(this::pack);
            assertAlike(moving, still);

            // Late and corrected: visible at once, and again after the next packing.
            fleet.send(moving, DAY + "00:30:30Z", 4711);
            fleet.send(moving, DAY + "00:31:00Z", "corrected");
            fleet.awaitStored();
            assertThat(HistoryAccess.marks(span).pack()).isEmpty();
            assertThat(assertAlike(moving, still)).contains("4711", "corrected");
            pack(span);
            assertThat(assertAlike(moving, still)).contains("4711", "corrected");

            given().delete("/api/v1/sensors/%s/readings?from=%s00:30:00Z&to=%s00:40:00Z".formatted(moving, DAY, DAY))
                    .then()
                    .statusCode(204);
            assertThat(assertAlike(moving, still)).doesNotContain("4711", "corrected");
            pack(span);
            assertThat(assertAlike(moving, still)).doesNotContain("4711", "corrected");

            // Damage is found, rows answer, and the span is packed again.
            HistoryAccess.damage(stillSpan, new SensorId(still));
            assertAlike(moving, still);
            String rowsAnswer = readings(moving, still);
            Awaitility.await().until(() -> HistoryAccess.marks(stillSpan).pack().isEmpty());
            pack(stillSpan);

            // Without rows, history answers alone. Aggregates take rows of hours that a deletion overlaps.
            Layout layout = HistoryAccess.layout(type);
            for (ReadingPartition partition : span.partitions(layout)) {
                HistoryAccess.removeRows(partition, new SensorId(moving));
            }
            assertThat(readings(moving, still)).isEqualTo(rowsAnswer);
        }
    }

    @Test
    void summariesAnswerWithoutReadingsAndGoWithTheirPack() {
        try (TestFleet fleet = TestFleet.ofType("packed-summaries")) {
            String id = fleet.newSensor();
            for (int i = 0; i < 12 * 60; i++) {
                fleet.send(id, START + i * 60_000L, i % 100 / 10.0);
            }
            fleet.awaitStored();
            SensorType type = new SensorType(fleet.type());
            Sensor sensor = sensor(id, type);
            List<Span> spans = List.of(span(sensor, START), span(sensor, START + 6 * HOUR));
            spans.forEach(this::pack);
            String hours =
                    "/sensors/%s/aggregates?interval=1h&functions=count,min,max,avg,stddev,first,last&from=%s00:00:00Z&to=%s12:00:00Z"
                            .formatted(id, DAY, DAY);
            HistoryAccess.read(false);
            String rows = answer(hours);
            HistoryAccess.read(true);
            assertThat(answer(hours)).isEqualTo(rows);
            for (Span span : spans) {
                span.partitions(HistoryAccess.layout(type))
                        .forEach(partition -> HistoryAccess.removeRows(partition, sensor.id()));
                HistoryAccess.removeSegments(span);
            }
            assertThat(answer(hours)).as("from summaries alone").isEqualTo(rows);
            assertThat(answer(hours.replace("interval=1h", "interval=30m")))
                    .as("from columns")
                    .doesNotContain("count");
        }
    }

    @Test
    void aRemovedPackLeavesNoSummaries() {
        Sensor sensor = sensorWithAReading("packed-removed");
        Span span = span(sensor, START);
        pack(span);
        UUID pack = HistoryAccess.marks(span).pack().orElseThrow();
        assertThat(HistoryAccess.summaries(span)).isEqualTo(1);
        await(tables.remove(span, new Mark(pack, State.REPLACED, System.currentTimeMillis() * 1_000)));
        assertThat(HistoryAccess.summaries(span)).isZero();
        assertThat(segments(span, pack)).isEmpty();
    }

    private static String answer(String path) {
        return given().get("/api/v1" + path)
                .then()
                .statusCode(200)
                .extract()
                .asString()
                .replaceAll("\"meta\".*", "");
    }

    @Test
    void oneReplicaHasTheLeaseOfASpanAndRenewsIt() {
        PackingTables other = HistoryAccess.otherReplica();
        Span span = new Span(new SensorType("packed-lease"), 0, START);
        assertThat(lease(tables, span, Duration.ofMinutes(1))).isTrue();
        assertThat(lease(other, span, Duration.ofMinutes(10))).isFalse();
        assertThat(lease(tables, span, Duration.ofMinutes(10))).isTrue();
        assertThat(HistoryAccess.leaseSeconds(span)).isBetween(61, 600);
        assertThat(lease(other, span, Duration.ofMinutes(10))).isFalse();
    }

    @Test
    void aSegmentExpiresWithItsLastReading() {
        Sensor sensor = sensorWithAReading("packed-expiring");
        Span span = span(sensor, START);
        pack(span);
        assertThat(HistoryAccess.segmentTtls(span, sensor.id())).containsExactly(0);

        Duration ttl = Duration.ofDays(2);
        HistoryAccess.expire(partition(sensor), sensor.id(), ttl);
        HistoryAccess.change(span);
        pack(span);
        // The clock of this test's packer is ahead.
        long expected = ttl.minus(LATER).toSeconds() + SegmentCutter.MARGIN_SECONDS;
        assertThat(HistoryAccess.segmentTtls(span, sensor.id()))
                .singleElement()
                .satisfies(seconds -> assertThat(seconds).isBetween((int) expected - 120, (int) expected));
    }

    @Test
    void aSealedRowReplacesThePackByNone() {
        Sensor sensor = sensorWithAReading("packed-sealed");
        Span span = span(sensor, START);
        pack(span);
        HistoryAccess.seal(partition(sensor), sensor.id());
        HistoryAccess.change(span);
        assertThat(isPacked(span)).isFalse();
        assertThat(HistoryAccess.marks(span).packs()).isEmpty();
        assertThat(HistoryAccess.marks(span).replaced()).hasSize(1);
        assertThat(HistoryAccess.marks(span).current())
                .as("of the writer and of the packer")
                .extracting(Mark::state)
                .containsExactly(State.LATE, State.LATE);
    }

    private static Sensor sensorWithAReading(String type) {
        Sensor sensor = sensor(type + SharedStack.get().nextNumber(), new SensorType(type));
        write(
                sensor,
                List.of(new RecordedReading(
                        new Reading(sensor.id(), sensor.type(), START, new Value.Numeric(1)),
                        new RecordOrigin(1, 0, 1),
                        START)));
        return sensor;
    }

    private static ReadingPartition partition(Sensor sensor) {
        return HistoryAccess.layout(sensor.type()).partitionOf(sensor.id(), START);
    }

    @Test
    void aPackOfAReplicaWhoseClockIsAheadIsRemoved() {
        Span span = new Span(new SensorType("packed-ahead"), 0, START);
        UUID pack = UUID.randomUUID();
        long ahead = (System.currentTimeMillis() + HOUR) * 1_000;
        HistoryAccess.writeSegment(span, pack, new SensorId("ahead"), ahead);
        assertThat(segments(span, pack)).hasSize(1);
        await(tables.remove(span, pack));
        assertThat(segments(span, pack)).as("by this clock").hasSize(1);
        await(tables.remove(span, new Mark(pack, State.REPLACED, ahead + 1)));
        assertThat(segments(span, pack)).isEmpty();
    }

    private List<PackedSegment> segments(Span span, UUID pack) {
        return await(tables.readBack(span, pack)).items();
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(30));
    }

    private static boolean lease(PackingTables tables, Span span, Duration duration) {
        return await(tables.lease(span, duration));
    }

    /** The answers, which must not depend on where readings come from. */
    private static String assertAlike(String moving, String still) {
        HistoryAccess.read(false);
        String rows = answers(moving, still);
        HistoryAccess.read(true);
        assertThat(answers(moving, still)).isEqualTo(rows);
        return rows;
    }

    private static String answers(String moving, String still) {
        return readings(moving, still) + "\n" + aggregates(moving, still);
    }

    private static String readings(String moving, String still) {
        String range = "from=%s00:00:00Z&to=%s09:00:00Z".formatted(DAY, DAY);
        return answers(
                "/sensors/%s/readings?limit=100&".formatted(moving) + range,
                "/sensors/%s/readings?limit=10000&order=desc&".formatted(moving) + range,
                "/sensors/%s/readings?format=csv&".formatted(still) + range,
                "/sensors/%s/readings/latest".formatted(moving),
                "/readings?format=ndjson&sensor=%s&sensor=%s&".formatted(moving, still) + range);
    }

    private static String aggregates(String moving, String still) {
        String range = "from=%s00:00:00Z&to=%s09:00:00Z".formatted(DAY, DAY);
        return answers(
                "/sensors/%s/aggregates?interval=1h&functions=count,min,max,avg,first,last,p95&".formatted(still)
                        + range,
                "/sensors/%s/aggregates?interval=2h&functions=count,min,max,sum,first,last&fill=null&".formatted(moving)
                        + range,
                "/aggregates?by=sensor&interval=1h&functions=count,min,max,avg&sensor=%s&sensor=%s&"
                                .formatted(moving, still)
                        + range,
                "/aggregates?by=type&interval=1d&functions=count,min,max,last&sensor=%s&sensor=%s&"
                                .formatted(moving, still)
                        + range);
    }

    private static String answers(String... paths) {
        return Stream.of(paths)
                .map(path -> given().get("/api/v1" + path)
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString()
                        .replaceAll("\"(meta|ageMs|next)\".*", ""))
                .collect(Collectors.joining("\n"));
    }

    private void pack(Span span) {
        assertThat(isPacked(span)).isTrue();
        assertThat(HistoryAccess.marks(span).pack()).isPresent();
    }

    private boolean isPacked(Span span) {
        HistoryAccess.endLateWrites(span);
        return new SpanPacker(
                        tables,
                        new PackerWaits(),
                        new Pace(10_000_000, System::nanoTime),
                        new PackingMetrics(new SimpleMeterRegistry()),
                        later)
                .pack(span, HistoryAccess.layout(span.type()));
    }

    private static void write(Sensor sensor, List<RecordedReading> records) {
        Layout layout = HistoryAccess.layout(sensor.type());
        records.stream()
                .collect(Collectors.groupingBy(record ->
                        layout.partitionOf(sensor.id(), record.reading().timestampMillis())))
                .forEach(HistoryAccess::write);
    }

    private static Span span(Sensor sensor, long millis) {
        return Span.of(HistoryAccess.layout(sensor.type()).partitionOf(sensor.id(), millis));
    }

    private static Sensor sensor(String id, SensorType type) {
        return new Sensor(new SensorId(id), type, Description.NONE);
    }

    private List<StoredReading> range(Sensor sensor, long from, long to, Order order, long limit) {
        return store.range(sensor, from, to, order, limit, Consistency.DEFAULT)
                .collect()
                .in(ArrayList<StoredReading>::new, List::addAll)
                .await()
                .atMost(Duration.ofSeconds(30));
    }
}
