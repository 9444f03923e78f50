package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.segment.Segment;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentWriter;
import io.telltale.segment.UnsupportedSegmentVersionException;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.PackedReadings.SpanPart;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Reads a packed span from segments in memory, and compares it with a plain list. */
class PackedSpanTest {

    private static final SensorType TYPE = new SensorType("span-test");
    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final long NOW = START + 24 * 3_600_000;
    private static final Sensor SENSOR = new Sensor(new SensorId("a"), TYPE, Description.NONE);
    private static final Span SPAN = new Span(TYPE, 0, START);
    private static final long BUCKET_MILLIS = 10_000;
    private static final UUID PACK = new UUID(1, 2);

    private final Clock clock = Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC);
    private final List<History.Found> segments = new ArrayList<>();
    private final List<PackableReading> all = new ArrayList<>();
    private final Set<Long> requested = new HashSet<>();
    private int damaged = -1;
    private int rowReads;
    private int damageReports;

    private final History history = new History(PackingFixture.disconnected()) {
        @Override
        Uni<List<Found>> at(Span span, UUID pack, SensorId sensorId, long millis, DefaultConsistencyLevel level) {
            return Uni.createFrom()
                    .item(() ->
                            stored()
                                    .filter(segment -> segment.startMillis() <= millis)
                                    .reduce((one, other) -> other)
                                    .stream()
                                    .toList());
        }

        @Override
        Uni<List<Found>> between(
                Span span,
                UUID pack,
                SensorId sensorId,
                long afterMillis,
                long beforeMillis,
                Order order,
                int limit,
                DefaultConsistencyLevel level) {
            Comparator<Found> byStart = Comparator.comparingLong(Found::startMillis);
            return Uni.createFrom().item(() -> stored().filter(
                            segment -> segment.startMillis() > afterMillis && segment.startMillis() < beforeMillis)
                    .sorted(order == Order.ASC ? byStart : byStart.reversed())
                    .limit(limit)
                    .toList());
        }

        private Stream<Found> stored() {
            return Stream.iterate(0, i -> i < segments.size(), i -> i + 1)
                    .map(i -> i == damaged ? damagedCopy(segments.get(i)) : segments.get(i));
        }
    };

    private static History.Found damagedCopy(History.Found segment) {
        byte[] bytes = segment.bytes().clone();
        bytes[bytes.length - 1] ^= 1;
        return new History.Found(segment.startMillis(), bytes);
    }

    @Test
    void damageIsReportedButNotALaterVersion() {
        fill(new Random(16));
        RangeRead read = read(START, START + 200_000, Order.ASC, Long.MAX_VALUE, List.of());
        damaged = 0;
        assertThat(readings(read, marked(-1))).isEqualTo(expected(read));
        assertThat(damageReports).isEqualTo(1);
        damaged = -1;
        byte[] later = ofLaterVersion(segments.get(0).bytes());
        segments.set(0, new History.Found(segments.get(0).startMillis(), later));
        assertThatThrownBy(() -> Segment.open(later)).isInstanceOf(UnsupportedSegmentVersionException.class);
        assertThat(readings(read(START, START + 200_000, Order.ASC, Long.MAX_VALUE, List.of()), marked(-1)))
                .isEqualTo(expected(read));
        assertThat(damageReports).isEqualTo(1);
    }

    /** See docs/format.md: version, length of the index and checksum. */
    private static byte[] ofLaterVersion(byte[] segment) {
        byte[] bytes = segment.clone();
        bytes[4]++;
        ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, 9);
        checksum.update(bytes, 13, fields.getInt(5));
        fields.putInt(9, (int) checksum.getValue());
        return bytes;
    }

    /** Rows of the same readings. */
    private final ReadingSource rows = (partitions, read) -> Multi.createFrom().deferred(() -> {
        rowReads++;
        Set<Long> buckets =
                partitions.stream().map(ReadingPartition::bucketStartMillis).collect(Collectors.toSet());
        List<StoredReading> found = expected(read).stream()
                .filter(reading -> buckets.contains(bucket(reading.timestampMillis())))
                .toList();
        requested.addAll(buckets);
        return found.isEmpty() ? Multi.createFrom().empty() : Multi.createFrom().item(new ReadingPage(found));
    });

    private static long bucket(long millis) {
        return millis - Math.floorMod(millis - START, BUCKET_MILLIS);
    }

    /** The partitions of a span, in the order of a range. */
    private static List<ReadingPartition> partitions(Order order) {
        List<ReadingPartition> partitions = new ArrayList<>();
        for (long start = START; start < START + 200_000; start += BUCKET_MILLIS) {
            partitions.add(new ReadingPartition(TYPE, 0, start));
        }
        if (order == Order.DESC) {
            Collections.reverse(partitions);
        }
        return partitions;
    }

    @Test
    void rowsAreReadOnlyOfPartitionsBehindTheLastReading() {
        Random random = new Random(24);
        for (Order order : Order.values()) {
            do {
                fill(random);
            } while (segments.size() < 8);
            damaged = segments.size() / 2;
            requested.clear();
            readings(read(START, START + 200_000, order, Long.MAX_VALUE, List.of()), marked(-1));
            long start = segments.get(damaged).startMillis();
            long end = segments.get(damaged + 1).startMillis();
            assertThat(requested).isNotEmpty();
            if (order == Order.ASC) {
                assertThat(requested).allMatch(bucket -> bucket >= start - 2 * BUCKET_MILLIS);
            } else {
                assertThat(requested).allMatch(bucket -> bucket <= end);
            }
        }
    }

    @Test
    void givesWhatAListGives() {
        Random random = new Random(85);
        for (int round = 0; round < 400; round++) {
            fill(random);
            boolean isDamaged = random.nextInt(4) == 0;
            damaged = isDamaged ? random.nextInt(segments.size()) : -1;
            long from = START + random.nextInt(70_000) - 5_000;
            long to = from + random.nextInt(90_000);
            Order order = random.nextBoolean() ? Order.ASC : Order.DESC;
            long limit = new long[] {1, 5, 4_001, Long.MAX_VALUE}[random.nextInt(4)];
            List<Deletion> hiding = random.nextInt(3) == 0
                    ? List.of(new Deletion(SENSOR.id(), 50, START + 10_000, START + 20_000))
                    : List.of();
            List<StoredReading> expected = expected(read(from, to, order, limit, hiding));
            Moment mark = marked(random.nextInt(8));
            rowReads = 0;
            assertThat(readings(read(from, to, order, limit, hiding), mark))
                    .as("round %d: %s from=%d to=%d limit=%d damaged=%d", round, order, from, to, limit, damaged)
                    .isEqualTo(expected.subList(0, (int) Math.min(limit, expected.size())));
            if (!isDamaged && PackedSpan.isFresh(mark, clock)) {
                assertThat(rowReads).isZero();
            }
        }
    }

    @Test
    void aRemovedPackIsNotTakenForAnEmptyOne() {
        fill(new Random(1));
        segments.clear();
        RangeRead read = read(START, START + 100_000, Order.ASC, Long.MAX_VALUE, List.of());
        for (int clockThatMoved : new int[] {0, 1}) {
            rowReads = 0;
            assertThat(readings(read, marked(clockThatMoved)))
                    .isEqualTo(expected(read))
                    .isNotEmpty();
            assertThat(rowReads).isEqualTo(1);
        }
    }

    /** Marks that were read two minutes ago, by the one clock or the other; otherwise just now. */
    private static Moment marked(int clockThatMoved) {
        Duration ago = Duration.ofMinutes(2);
        return new Moment(
                System.nanoTime() - (clockThatMoved == 0 ? ago.toNanos() : 0),
                NOW - (clockThatMoved == 1 ? ago.toMillis() : 0));
    }

    /** Up to twelve segments of up to twenty readings, some expired and some deleted. */
    private void fill(Random random) {
        segments.clear();
        all.clear();
        SegmentWriter writer = new SegmentWriter(100);
        long millis = START;
        for (int segment = random.nextInt(12); segment >= 0; segment--) {
            long start = millis;
            for (int i = random.nextInt(20); i >= 0; i--) {
                PackableReading reading = new PackableReading(
                        SENSOR.id(),
                        millis,
                        new Value.Numeric(random.nextInt(100)),
                        random.nextInt(100),
                        random.nextInt(1_000),
                        1,
                        random.nextInt(5) == 0 ? NOW / 1_000 + random.nextInt(3) - 1 : SegmentReading.NEVER);
                writer.add(reading);
                all.add(reading);
                millis += 1 + random.nextInt(600);
            }
            segments.add(new History.Found(start, writer.finish()));
        }
    }

    private List<StoredReading> readings(RangeRead read, Moment marked) {
        PackedSpan span = new PackedSpan(
                new SpanPart(SPAN, partitions(read.order())),
                PACK,
                marked,
                read,
                history,
                rows,
                clock,
                () -> damageReports++);
        return span.start()
                .onItem()
                .transformToMulti(pages -> pages)
                .invoke(page -> assertThat(page.isEmpty()).isFalse())
                .map(page -> read.remaining().take(page.readings()))
                .collect()
                .in(ArrayList<StoredReading>::new, List::addAll)
                .await()
                .atMost(Duration.ofSeconds(10));
    }

    private List<StoredReading> expected(RangeRead read) {
        List<StoredReading> expected = new ArrayList<>(all.stream()
                .filter(reading -> reading.timestampMillis() >= read.fromMillis()
                        && reading.timestampMillis() < read.toMillis()
                        && reading.expirySecond() > NOW / 1_000
                        && !read.isHidden(reading.timestampMillis(), reading.recordTimeMillis()))
                .map(reading -> new StoredReading(
                        reading.timestampMillis(),
                        reading.value(),
                        RecordOrigin.of(reading.originEpoch(), reading.originPosition())))
                .toList());
        if (read.order() == Order.DESC) {
            Collections.reverse(expected);
        }
        return expected;
    }

    private static RangeRead read(long from, long to, Order order, long limit, List<Deletion> hiding) {
        return new RangeRead(
                SENSOR,
                from,
                to,
                order,
                Consistency.DEFAULT,
                hiding,
                false,
                new RangeRead.Remaining(limit),
                new PageSize(TYPE, new PageSize.RowSizes()));
    }
}
