package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import io.telltale.sensors.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Encodes batches as fresh segments, selects from them, and compares the result with plain lists. */
class FreshEncoderTest {

    private static final SensorType TYPE = new SensorType("fresh-test");
    private static final long T = 1_700_000_000_000L;
    private static final long NOW_SECOND = T / 1_000 + 1_000;

    @Test
    void everySensorFindsItsWinnersInItsShard() {
        Random random = new Random(89);
        for (int round = 0; round < 200; round++) {
            List<RecordedReading> records = records(random);
            // Of several flushes, so that a sensor's records compete in one segment and in several.
            int cut = random.nextInt(records.size());
            List<FreshSegment> segments = new ArrayList<>(encode(records.subList(0, cut)));
            segments.addAll(encode(records.subList(cut, records.size())));
            long from = T + random.nextInt(60_000) - 5_000;
            long to = from + random.nextInt(70_000);
            int most = random.nextInt(1, 30);
            for (int sensor = 0; sensor < 20; sensor++) {
                for (Order order : Order.values()) {
                    RangeRead read = read(id(sensor), from, to, order);
                    assertThat(selected(segments, read, most))
                            .as("round %d: %s %s", round, id(sensor), order)
                            .isEqualTo(expected(records, read));
                }
            }
        }
    }

    @Test
    void readingsBeforeTheHorizonAreLate() {
        List<FreshSegment> segments = encode(records(new Random(5)));
        assertThat(segments).extracting(FreshSegment::isLate).contains(true, false);
        for (FreshSegment segment : segments) {
            for (int sensor = 0; sensor < 20; sensor++) {
                FreshSegment.readings(
                                ByteBuffer.wrap(segment.sensors()),
                                ByteBuffer.wrap(segment.segment()),
                                id(sensor),
                                new TimeRange(T - 100_000, T + 100_000))
                        .ifPresent(cursor -> {
                            while (cursor.next()) {
                                assertThat(cursor.timestampMillis() < T + 20_000)
                                        .isEqualTo(segment.isLate());
                            }
                        });
            }
        }
    }

    @Test
    void theNumberOfShardsFollowsTheSizeOfTheBatch() {
        List<RecordedReading> records = new ArrayList<>();
        for (int sensor = 0; sensor < 5_000; sensor++) {
            records.add(recorded(new Random(sensor), id(sensor), T + 50_000));
        }
        assertThat(encode(records.subList(0, 1))).hasSize(1);
        assertThat(encode(records.subList(0, 255))).hasSize(1);
        assertThat(encode(records.subList(0, 256))).hasSize(4);
        assertThat(encode(records.subList(0, 1_024))).hasSize(16);
        List<FreshSegment> segments = encode(records);
        assertThat(segments)
                .extracting(FreshSegment::shard)
                .doesNotHaveDuplicates()
                .hasSize(64);
        assertThat(segments).allSatisfy(segment -> assertThat(segment.sensors().length)
                .as("bytes of about a 64th of the ids")
                .isBetween(200, 800));
    }

    /** Pages have a fixed number of segments, and passes a fixed number of readings, whatever the texts. */
    @Test
    void longTextsAreInSmallSegmentsAndPasses() {
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            records.add(new RecordedReading(
                    new Reading(id(i % 3), TYPE, T + 20_001 + i, new Value.Text(("" + i % 10).repeat(1_000))),
                    new RecordOrigin(1, 0, i),
                    T));
        }
        List<FreshSegment> segments = encode(records);
        assertThat(segments)
                .allSatisfy(segment -> assertThat(segment.bytes()).isLessThan(FreshEncoder.MAX_BYTES + 4_096))
                .hasSizeGreaterThan(200);
        assertThat(segments.stream()
                        .flatMapToInt(segment -> IntStream.of(segment.batchRows()))
                        .sorted())
                .containsExactlyElementsOf(
                        IntStream.range(0, records.size()).boxed().toList());
        for (Order order : Order.values()) {
            RangeRead read = read(id(1), T, T + 100_000, order);
            assertThat(selected(segments, read, 4_000)).isEqualTo(expected(records, read));
        }
    }

    private static List<FreshSegment> encode(List<RecordedReading> records) {
        RowBatch batch = RowBatchTest.rows(records);
        return FreshEncoder.encode(
                batch,
                Deduplication.winners(batch),
                T + 20_000,
                millis -> millis % 5 == 0 ? NOW_SECOND : SegmentReading.NEVER);
    }

    private static List<RecordedReading> records(Random random) {
        List<RecordedReading> records = new ArrayList<>();
        for (int i = random.nextInt(random.nextBoolean() ? 50 : 1_500); i >= 0; i--) {
            // Few instants, so that records compete.
            records.add(recorded(random, id(random.nextInt(20)), T + random.nextInt(300) * 201L));
        }
        return records;
    }

    private static RecordedReading recorded(Random random, SensorId id, long millis) {
        Value value = random.nextInt(3) == 0
                ? new Value.Text("text " + random.nextInt(9))
                : new Value.Numeric(random.nextInt(1_000) / 10.0);
        return new RecordedReading(
                new Reading(id, TYPE, millis, value),
                new RecordOrigin(1, random.nextInt(3), random.nextInt(1_000_000)),
                T + random.nextInt(3));
    }

    private static SensorId id(int number) {
        return new SensorId("s" + "-".repeat(number % 4) + number);
    }

    private static RangeRead read(SensorId id, long from, long to, Order order) {
        return new RangeRead(
                new Sensor(id, TYPE, Description.NONE),
                from,
                to,
                order,
                Consistency.DEFAULT,
                List.of(new Deletion(id, T + 1, T + 30_000, T + 40_000)),
                true,
                new RangeRead.Remaining(Long.MAX_VALUE),
                new PageSize(TYPE, new PageSize.RowSizes()));
    }

    /** The readings of a range, selected in passes. */
    private static List<StoredReading> selected(List<FreshSegment> segments, RangeRead whole, int most) {
        List<StoredReading> all = new ArrayList<>();
        RangeRead rest = whole;
        while (true) {
            SelectedReadings selected = new SelectedReadings(rest, most);
            for (FreshSegment segment : segments) {
                if (FreshSegment.shardsOf(rest.sensor().id()).contains(segment.shard())) {
                    FreshSegment.readings(
                                    ByteBuffer.wrap(segment.sensors()),
                                    ByteBuffer.wrap(segment.segment()),
                                    rest.sensor().id(),
                                    new TimeRange(rest.fromMillis(), rest.toMillis()))
                            .ifPresent(selected::addAll);
                }
            }
            ReadingPage page = selected.page(NOW_SECOND);
            assertThat(page.size()).isLessThanOrEqualTo(most);
            assertThat(page.readings().stream()
                            .mapToLong(reading -> reading.value().characters())
                            .sum())
                    .isLessThanOrEqualTo(SelectedReadings.MAX_CHARACTERS);
            assertThat(page.recordTimes()).hasSameSizeAs(page.readings());
            all.addAll(page.readings());
            if (!selected.isCut()) {
                return all;
            }
            long last = selected.lastMillis();
            assertThat(rest.order() == Order.ASC ? selected.isOpenTo(last + 1, last + 2) : selected.isOpenTo(0, last))
                    .as("nothing behind is wanted")
                    .isFalse();
            rest = rest.behind(last);
        }
    }

    private static List<StoredReading> expected(List<RecordedReading> records, RangeRead read) {
        TreeMap<Long, RecordedReading> winners = new TreeMap<>();
        records.stream()
                .filter(record ->
                        record.reading().sensorId().equals(read.sensor().id()))
                .forEach(record -> winners.merge(
                        record.reading().timestampMillis(),
                        record,
                        (one, other) -> Comparator.comparingLong(RecordedReading::recordTimeMillis)
                                                .thenComparing(RecordedReading::origin)
                                                .compare(one, other)
                                        >= 0
                                ? one
                                : other));
        List<StoredReading> expected = new ArrayList<>(winners.values().stream()
                .filter(record -> record.reading().timestampMillis() >= read.fromMillis()
                        && record.reading().timestampMillis() < read.toMillis()
                        && record.reading().timestampMillis() % 5 != 0
                        && !read.isHidden(record.reading().timestampMillis(), record.recordTimeMillis()))
                .map(record -> new StoredReading(
                        record.reading().timestampMillis(), record.reading().value(), record.origin()))
                .toList());
        if (read.order() == Order.DESC) {
            Collections.reverse(expected);
        }
        return expected;
    }
}
