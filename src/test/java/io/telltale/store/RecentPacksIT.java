package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.local.SharedStack;
import io.telltale.segment.DamagedSegmentException;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.WinnerRule;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Reads recent segments together with packs, without the service. */
@Tag("servers")
class RecentPacksIT {

    private static final Clock CLOCK = Clock.systemUTC();
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final StoreSettings SETTINGS = StoreSettings.ofNewKeyspace().withSegments();

    private static CqlSession session;
    private static CountingDatabase database;
    private static Layouts layouts;
    private static SpanTables spans;
    private static MergingTables merging;

    private final SensorType type = new SensorType("packs-" + SharedStack.get().nextNumber());
    private final Sensor sensor = new Sensor(new SensorId(type.name() + "-1"), type, Description.NONE);
    private final Layout layout = layoutOf(type);

    /** The start of a span, two days ago. */
    private final long start = Span.startOf(CLOCK.millis() - 48 * HOUR);

    private final TreeMap<Long, PackableReading> winners = new TreeMap<>();
    private long offset;

    private static Layout layoutOf(SensorType type) {
        return await(spans.layout(type));
    }

    @BeforeAll
    static void connect() {
        session = SharedStack.get().cassandra().connect();
        database = new CountingDatabase(session, SETTINGS);
        await(database.whenReady());
        layouts = new Layouts(database, SETTINGS, CLOCK);
        spans = new StoredSpanTables(
                database,
                layouts,
                new History(database),
                new DeletionLog(database, new NewDeletions(new Shreddings(CLOCK)), SETTINGS),
                CLOCK);
        merging = new StoredMergingTables(database, layouts, CLOCK);
    }

    @AfterAll
    static void close() {
        session.close();
    }

    private PackableReading reading(long millis) {
        return reading(millis, SegmentReading.NEVER);
    }

    private PackableReading reading(long millis, long expirySecond) {
        PackableReading reading = new PackableReading(
                sensor.id(), millis, new Value.Numeric(offset), 1_000 + offset, offset, 1, expirySecond);
        offset++;
        return reading;
    }

    private void expect(Collection<PackableReading> readings) {
        readings.forEach(
                reading -> winners.merge(reading.timestampMillis(), reading, BinaryOperator.maxBy(WinnerRule.ORDER)));
    }

    /** Writes recent segments and the entries of their buckets. */
    private void putRecent(List<PackableReading> readings) {
        Map<ReadingPartition, List<PackableReading>> byBucket = readings.stream()
                .collect(Collectors.groupingBy(reading -> layout.partitionOf(sensor.id(), reading.timestampMillis())));
        byBucket.forEach((bucket, some) -> {
            RowBatch batch = RowBatchTest.rows(some.stream()
                    .map(reading -> new RecordedReading(
                            new Reading(sensor.id(), type, reading.timestampMillis(), reading.value()),
                            RecordOrigin.of(reading.originEpoch(), reading.originPosition()),
                            reading.recordTimeMillis()))
                    .toList());
            for (FreshSegment fresh : FreshEncoder.encode(
                    batch, Deduplication.winners(batch), 0, timestampMillis -> SegmentReading.NEVER)) {
                await(merging.write(new RecentSegment(
                        new RecentSegment.Key(bucket, fresh.shard(), UUID.randomUUID()),
                        fresh.sensors(),
                        fresh.segment(),
                        0)));
            }
        });
        await(merging.index(byBucket.keySet()));
    }

    /** Writes packs of the spans of readings, each a segment per bucket. Returns that of the last span. */
    private UUID putPack(List<PackableReading> readings, Set<UUID> replaces) {
        UUID pack = UUID.randomUUID();
        Map<ReadingPartition, TreeMap<Long, PackableReading>> byBucket =
                new TreeMap<>(Comparator.comparingLong(ReadingPartition::bucketStartMillis));
        for (PackableReading reading : readings) {
            byBucket.computeIfAbsent(
                            layout.partitionOf(sensor.id(), reading.timestampMillis()), first -> new TreeMap<>())
                    .merge(reading.timestampMillis(), reading, BinaryOperator.maxBy(WinnerRule.ORDER));
        }
        byBucket.forEach((bucket, some) ->
                await(spans.write(Span.of(bucket), pack, List.of(PackingFixture.segment(List.copyOf(some.values()))))));
        byBucket.keySet().stream().map(Span::of).distinct().forEach(span -> await(spans.mark(span, pack, replaces)));
        return pack;
    }

    private List<StoredReading> read(long from, long to, Order order, long limit) {
        return read(database, from, to, order, limit, List.of());
    }

    private List<StoredReading> read(
            Database with, long from, long to, Order order, long limit, List<Deletion> hiding) {
        RangeRead read = new RangeRead(
                sensor,
                from,
                to,
                order,
                Consistency.DEFAULT,
                hiding,
                true,
                new RangeRead.Remaining(limit),
                new PageSize(type, new PageSize.RowSizes()));
        return await(new FreshReadings(with, new History(with), CLOCK)
                .readings(layout, read)
                .map(page -> read.remaining().take(page.readings()))
                .collect()
                .in(ArrayList<StoredReading>::new, List::addAll));
    }

    private List<StoredReading> expected(long from, long to, Order order, long limit) {
        NavigableMap<Long, PackableReading> range = winners.subMap(from, true, to, false);
        return (order == Order.ASC ? range : range.descendingMap())
                .values().stream().limit(limit).map(PackableReading::stored).toList();
    }

    /** More buckets and spans than a slice has. */
    @Test
    void recentSegmentsAndPacksAreOneUnion() {
        Random random = new Random(93);
        long length = 40 * Span.MILLIS;
        long from = start - length;
        for (int part = 0; part < 5; part++) {
            List<PackableReading> some = random.longs(400, from, start)
                    .map(millis -> millis / 10_000 * 10_000)
                    .mapToObj(this::reading)
                    .toList();
            expect(some);
            if (part < 3) {
                putPack(some, Set.of());
            }
            if (part > 1) {
                // Of a part that is packed, before its removal.
                putRecent(some.subList(0, 150));
                putPack(some.subList(100, some.size()), Set.of());
            }
        }
        for (int round = 0; round < 80; round++) {
            long since = from - HOUR + random.nextLong(length);
            long until = round % 4 == 0 ? start + HOUR : since + random.nextLong(length);
            Order order = random.nextBoolean() ? Order.ASC : Order.DESC;
            long limit = new long[] {1, 7, 300, Long.MAX_VALUE}[random.nextInt(4)];
            assertThat(read(since, until, order, limit))
                    .as("from=%d to=%d %s limit=%d", since, until, order, limit)
                    .isEqualTo(expected(since, until, order, limit));
        }
    }

    @Test
    void aReplacedPackIsReadOnlyWhereMarksAreNotCertain() {
        List<PackableReading> old = List.of(reading(start), reading(start + 1));
        UUID replaced = putPack(old, Set.of());
        assertThat(read(start, start + HOUR, Order.ASC, 10)).hasSize(2);
        List<PackableReading> newer = List.of(reading(start + 2));
        expect(newer);
        putPack(newer, Set.of(replaced));
        assertThat(read(start, start + HOUR, Order.ASC, 10)).isEqualTo(expected(start, start + HOUR, Order.ASC, 10));
        Database uncertain =
                new Database(
                        new Sessions(() -> CompletableFuture.completedFuture(session)),
                        SETTINGS,
                        new Retention(SETTINGS, CLOCK),
                        status -> {}) {
                    @Override
                    boolean isUnionCertain(SensorType any, DefaultConsistencyLevel level) {
                        return false;
                    }
                };
        await(uncertain.whenReady());
        expect(old);
        assertThat(read(uncertain, start, start + HOUR, Order.ASC, 10, List.of()))
                .isEqualTo(expected(start, start + HOUR, Order.ASC, 10));
    }

    @Test
    void deletedReadingsAndTheRecordsBehindExpiredOnesAreHidden() {
        long expired = CLOCK.millis() / 1_000 - 10;
        putRecent(List.of(reading(start), reading(start + 1), reading(start + 2)));
        putPack(List.of(reading(start), reading(start + 1, expired), reading(start + 3)), Set.of());
        PackableReading last = reading(start + 4);
        putPack(List.of(last), Set.of());
        Deletion deletion = new Deletion(sensor.id(), Long.MAX_VALUE, start + 2, start + 4);
        for (Order order : Order.values()) {
            assertThat(read(database, start, start + HOUR, order, 10, List.of(deletion)))
                    .extracting(StoredReading::timestampMillis)
                    .containsExactlyInAnyOrder(start, start + 4);
        }
    }

    @Test
    void damageOfAPackIsNamed() {
        UUID pack = UUID.randomUUID();
        PackedSegment segment = PackingFixture.segment(List.of(reading(start)));
        byte[] bytes = segment.segment();
        bytes[bytes.length - 1] ^= 1;
        Span span = Span.of(layout.partitionOf(sensor.id(), start));
        await(spans.write(span, pack, List.of(segment)));
        await(spans.mark(span, pack, Set.of()));
        assertThatThrownBy(() -> read(start, start + HOUR, Order.ASC, 10))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sensor=%s %s pack=%s", sensor.id(), span, pack)
                .hasRootCauseInstanceOf(DamagedSegmentException.class);
    }

    @Test
    void aPageReadsOnlyThePacksThatItNeeds() {
        int packed = 400;
        List<PackableReading> all = LongStream.range(0, packed)
                .map(span -> start - span * Span.MILLIS)
                .mapToObj(this::reading)
                .toList();
        expect(all);
        putPack(all, Set.of());
        for (Order order : Order.values()) {
            for (long limit : new long[] {1, 100}) {
                int before = database.statements.get();
                assertThat(read(0, start + HOUR, order, limit)).isEqualTo(expected(0, start + HOUR, order, limit));
                // Three of each slice of 32 spans, and one of each pack.
                assertThat(database.statements.get() - before)
                        .as("statements: %s limit=%d", order, limit)
                        .isLessThanOrEqualTo(limit == 1 ? 3 + 2 : 4 * 3 + 4 * 33);
            }
        }
    }

    @Test
    void theNewestReadingsNeedNoPack() {
        List<PackableReading> old = List.of(reading(start), reading(start + HOUR));
        putPack(old, Set.of());
        List<PackableReading> recent = List.of(reading(start + 8 * HOUR), reading(start + 8 * HOUR + 1));
        expect(recent);
        putRecent(recent);
        int before = database.statements.get();
        assertThat(read(0, start + 9 * HOUR, Order.DESC, 2)).isEqualTo(expected(0, start + 9 * HOUR, Order.DESC, 2));
        assertThat(database.statements.get() - before)
                .as("marks, buckets, packs, one bucket")
                .isEqualTo(4);
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(60));
    }
}
