package io.telltale.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.telltale.aggregate.AggregateFunction;
import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.Aggregation;
import io.telltale.aggregate.Fill;
import io.telltale.aggregate.GroupAggregation;
import io.telltale.aggregate.Interval;
import io.telltale.aggregate.SeriesAggregation;
import io.telltale.aggregate.WindowStarts;
import io.telltale.aggregate.Windows;
import io.telltale.query.SeriesStream.Series;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import io.telltale.sensors.Value;
import io.telltale.store.RangePart;
import io.telltale.store.RecordOrigin;
import io.telltale.store.StoredReading;
import io.telltale.store.SummarizedRanges.SensorPart;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SeriesStreamTest {

    private static final TimeRange TEN_SECONDS = new TimeRange(0, 10_000);
    private static final Windows SECONDS = new Windows(Interval.parse("PT1S"), ZoneOffset.UTC, TEN_SECONDS);
    private static final Set<AggregateFunction> COUNT = EnumSet.of(AggregateFunction.COUNT);
    private static final WindowStarts STARTS = new WindowStarts(SECONDS);

    /** Writes {@code a: 0=2 1=1;}: the series, and the second and count of each window. */
    private static final class Trace implements SeriesFormat {
        @Override
        public String mediaType() {
            return "text/plain";
        }

        @Override
        public byte[] opening() {
            return ResponseStream.EMPTY;
        }

        @Override
        public void series(SeriesKey series, boolean isFirst, EncodedBytes target) {
            target.ascii(isFirst ? "" : "; ")
                    .utf8(String.valueOf(series.value()))
                    .ascii(":");
        }

        @Override
        public void window(AggregatedWindow window, SeriesKey series, boolean isFirst, EncodedBytes target) {
            target.ascii(isFirst ? " " : ",")
                    .integer(window.window().startMillis() / 1_000)
                    .ascii('=')
                    .ascii(String.valueOf(window.result(AggregateFunction.COUNT))
                            .replaceAll("[^0-9]", ""));
        }

        @Override
        public byte[] closing(boolean isEmpty, Meta meta, AggregatesFindings findings, HttpServerResponse response) {
            return ResponseStream.EMPTY;
        }
    }

    private final SeriesStream stream = new SeriesStream(new Trace());

    @Test
    void writesEachSensorAlsoWithoutReadings() {
        String written = written(
                Stream.of("a", "b", "c", "d", "e")
                        .map(id -> ofSensor(id, Fill.NONE))
                        .toList(),
                List.of(
                        List.of(read("b", 0, 500, 1_000), read("b", 1_001)),
                        List.of(read("b", 9_999), read("d", 3_000))));
        assertThat(written).isEqualTo("a:; b: 0=2,1=2,9=1; c:; d: 3=1; e:");
        assertThat(stream.isEmpty()).isFalse();
    }

    @Test
    void fillsSensorsWithoutReadings() {
        String empty = " 0=0,1=0,2=0,3=0,4=0,5=0,6=0,7=0,8=0,9=0";
        assertThat(written(
                        List.of(ofSensor("a", Fill.NULL), ofSensor("b", Fill.NULL)),
                        List.of(List.of(read("b", 3_000)))))
                .isEqualTo("a:" + empty + "; b:" + empty.replace("3=0", "3=1"));
    }

    @Test
    void addsTheReadingsOfAGroupTogether() {
        String written = written(
                List.of(ofGroup("x", 10, "a", "b"), ofGroup("y", 10, "c"), ofGroup("z", 10, "d", "e")),
                List.of(
                        List.of(read("a", 0, 5_000)),
                        List.of(read("b", 0, 1_000), read("b", 9_000)),
                        List.of(read("e", 1))));
        assertThat(written).isEqualTo("x: 0=2,1=1,5=1,9=1; y:; z: 0=1");
    }

    @Test
    void addsTheReadingsOfAGroupSliceBySlice() {
        String written = written(
                List.of(ofGroup("x", 4, "a", "b")),
                List.of(List.of(read("a", 0, 3_000)), List.of(read("b", 0)), List.of(read("b", 9_000))));
        assertThat(written).isEqualTo("x: 0=2,3=1,9=1");
    }

    @Test
    void writesNothingWithoutSeries() {
        assertThat(written(List.of(), List.of())).isEmpty();
        assertThat(stream.isEmpty()).isTrue();
    }

    /** A few readings can make many windows. */
    @Test
    void createsChunksOnDemand() {
        Windows windows = new Windows(Interval.parse("PT1S"), ZoneOffset.UTC, new TimeRange(0, 10_000_000));
        List<Series> series = IntStream.range(0, 1_000)
                .mapToObj(i -> series("s" + i, List.of("s" + i), () -> new Aggregation(windows, Fill.NULL, COUNT, 100)))
                .toList();
        List<byte[]> first = stream.chunks(series, Multi.createFrom().empty())
                .select()
                .first(3)
                .collect()
                .asList()
                .await()
                .atMost(Duration.ofSeconds(10));
        assertThat(first).hasSize(3).allSatisfy(chunk -> assertThat(chunk.length)
                .isBetween(32_768, 33_000));
    }

    /** So the memory is bounded, however many sensors there are and however slowly the client reads. */
    @Test
    void readsOnDemandAndCancelsTheRead() {
        int sensors = 1_000;
        AtomicInteger batches = new AtomicInteger();
        AtomicBoolean isCancelled = new AtomicBoolean();
        List<Series> series = IntStream.range(0, sensors)
                .mapToObj(i -> ofSensor("s" + i, Fill.NULL))
                .toList();
        AssertSubscriber<byte[]> client = stream.chunks(
                        series, source(sensors, i -> read("s" + i, 500), batches, isCancelled))
                .subscribe()
                .withSubscriber(AssertSubscriber.create(0));
        for (int chunks = 1; chunks <= 20; chunks++) {
            client.request(1);
            assertThat(client.getItems()).hasSize(chunks);
            assertThat(batches.get()).as("batches read for %d chunks", chunks).isBetween(chunks, chunks + 1);
        }
        assertThat(isCancelled).isFalse();
        client.cancel();
        assertThat(isCancelled).isTrue();
        assertThat(batches.get()).isLessThan(30);
    }

    /** A group has no chunk before its last reading: it takes one batch at a time nevertheless. */
    @Test
    void takesTheBatchesOfAGroupOneByOne() {
        int sensors = 1_000;
        List<Long> requests = new ArrayList<>();
        AtomicInteger batches = new AtomicInteger();
        String[] ids = IntStream.range(0, sensors).mapToObj(i -> "s" + i).toArray(String[]::new);
        Multi<List<SensorPart>> source = source(sensors, i -> read(ids[i], 500), batches, new AtomicBoolean())
                .onRequest()
                .invoke(requests::add);
        stream.chunks(List.of(ofGroup("x", 10, ids)), source)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE))
                .awaitCompletion();
        assertThat(batches).hasValue(sensors);
        assertThat(requests).hasSizeGreaterThanOrEqualTo(sensors).containsOnly(1L);
    }

    private static Multi<List<SensorPart>> source(
            int size, IntFunction<SensorPart> part, AtomicInteger batches, AtomicBoolean isCancelled) {
        return Multi.createFrom()
                .range(0, size)
                .map(i -> {
                    batches.incrementAndGet();
                    return List.of(part.apply(i));
                })
                .onCancellation()
                .invoke(() -> isCancelled.set(true));
    }

    private String written(List<Series> series, List<List<SensorPart>> batches) {
        StringBuilder written = new StringBuilder();
        stream.chunks(series, Multi.createFrom().iterable(batches))
                .collect()
                .asList()
                .await()
                .atMost(Duration.ofSeconds(10))
                .forEach(chunk -> written.append(new String(chunk, UTF_8)));
        return written.toString();
    }

    private static Series ofSensor(String id, Fill fill) {
        return series(id, List.of(id), () -> new Aggregation(SECONDS, fill, COUNT, 100));
    }

    private static Series ofGroup(String key, int windowsPerSlice, String... ids) {
        return series(key, List.of(ids), () -> new GroupAggregation(STARTS, Fill.NONE, COUNT, 100, windowsPerSlice));
    }

    private static Series series(String key, List<String> ids, Supplier<SeriesAggregation> aggregation) {
        List<Sensor> sensors = ids.stream()
                .map(id -> new Sensor(new SensorId(id), new SensorType("test"), Description.NONE))
                .toList();
        return new Series(new SeriesKey(key), sensors, aggregation);
    }

    private static SensorPart read(String id, long... timestamps) {
        return new SensorPart(
                new SensorId(id),
                new RangePart.Readings(Arrays.stream(timestamps)
                        .mapToObj(timestamp ->
                                new StoredReading(timestamp, new Value.Numeric(1), new RecordOrigin(0, 0, 0)))
                        .toList()));
    }
}
