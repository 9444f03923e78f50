package io.telltale.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.Layout;
import io.telltale.store.ReadingPartition;
import io.telltale.wire.DecodeResult;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.ReadingEncoder;
import io.telltale.wire.SenMlDecoder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What happens to every single reading between Kafka and Cassandra, and on its way back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MicroBenchmarks {

    private static final SensorType TYPE = new SensorType("temperature");
    private static final long NOON_MILLIS = 1_769_860_800_000L;

    private final ReadingDecoder decoder = new ReadingDecoder();
    private final SenMlDecoder packDecoder = new SenMlDecoder();
    private final Layout layout =
            new Layout(TYPE, List.of(new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, 64, 900_000)));
    private final SensorId sensor = new SensorId("boiler-000123");
    private final byte[] key = "boiler-000123".getBytes(UTF_8);
    private final byte[] body = ("{\"sensorId\":\"boiler-000123\",\"timestamp\":\"2026-01-31T11:59:56.789Z\","
                    + "\"value\":81.53,\"unit\":\"Cel\",\"site\":\"plant-2\"}")
            .getBytes(UTF_8);
    /** A form that only the slower parser accepts. */
    private final byte[] liberalBody =
            ("{\"sensorId\":\"boiler-000123\",\"timestamp\":\"2026-01-31T12:59:56,789+0100\","
                            + "\"value\":81.53,\"unit\":\"\u00b0C\",\"site\":\"plant-2\"}")
                    .getBytes(UTF_8);

    private final byte[] pack = ("[{\"bn\":\"boiler-000123\",\"bt\":1769860796.789,\"bu\":\"Cel\",\"v\":81.53}"
                    + ",{\"t\":1,\"v\":81.6}".repeat(9) + "]")
            .getBytes(UTF_8);
    private final Reading reading = new Reading(sensor, TYPE, NOON_MILLIS, new Value.Numeric(81.53));
    private final Description description = new Description("Cel", "plant-2");
    private final ReadingEncoder encoder = new ReadingEncoder();
    private final EncodedBytes line = new EncodedBytes(256);
    private long timestampMillis = NOON_MILLIS;

    @Benchmark
    public DecodeResult decodeReading() {
        return decoder.decode(TYPE, key, body, NOON_MILLIS);
    }

    @Benchmark
    public DecodeResult decodeLiberalReading() {
        return decoder.decode(TYPE, key, liberalBody, NOON_MILLIS);
    }

    @Benchmark
    public DecodeResult decodePackOfTen() {
        return packDecoder.decode(TYPE, pack, NOON_MILLIS);
    }

    @Benchmark
    public byte[] encodeReading() {
        return encoder.body(reading, description);
    }

    @Benchmark
    public int encodeLine() {
        line.clear();
        encoder.line(NOON_MILLIS, reading.value(), line);
        return line.size();
    }

    @Benchmark
    public ReadingPartition placeReading() {
        return layout.partitionOf(sensor, timestampMillis++);
    }
}
