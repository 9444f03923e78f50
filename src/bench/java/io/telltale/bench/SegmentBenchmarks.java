package io.telltale.bench;

import io.telltale.segment.MergedReadings;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Row;
import io.telltale.segment.Segment;
import io.telltale.segment.SegmentSeries;
import io.telltale.segment.SegmentWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Segments of one sensor's 900 readings, for each kind of series; times are per reading. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(SegmentBenchmarks.READINGS)
public class SegmentBenchmarks {

    static final int READINGS = 900;

    @Param
    public SegmentSeries series = SegmentSeries.TEMPERATURE;

    private final SegmentWriter writer = new SegmentWriter(READINGS);
    private List<Row> rows = List.of();
    private byte[] bytes = {};

    /** Creates the readings and their segment. */
    @Setup
    public void create() {
        rows = series.rows(1, READINGS);
        bytes = encode();
    }

    @Benchmark
    public byte[] encode() {
        for (Row row : rows) {
            writer.add(row);
        }
        return writer.finish();
    }

    /** What a query of a range needs. */
    @Benchmark
    public void decodeTimesAndValues(Blackhole consumer) {
        ReadingCursor readings = Segment.open(bytes).readings();
        while (readings.next()) {
            consumer.consume(readings.timestampMillis());
            consumer.consume(readings.value());
        }
    }

    /** What a merge and a replay need. */
    @Benchmark
    public void decodeAll(Blackhole consumer) {
        consumeAll(Segment.open(bytes).readings(), consumer);
    }

    /** Two copies, as after a replayed topic: both are decoded, and each reading is compared. */
    @Benchmark
    public void mergeTwoCopies(Blackhole consumer) {
        Segment segment = Segment.open(bytes);
        consumeAll(new MergedReadings(List.of(segment.readings(), segment.readings())), consumer);
    }

    private static void consumeAll(ReadingCursor readings, Blackhole consumer) {
        while (readings.next()) {
            consumer.consume(readings.timestampMillis());
            consumer.consume(readings.value());
            consumer.consume(readings.recordTimeMillis());
            consumer.consume(readings.originPosition());
            consumer.consume(readings.originEpoch());
            consumer.consume(readings.expirySecond());
        }
    }
}
