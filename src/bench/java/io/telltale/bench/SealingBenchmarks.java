package io.telltale.bench;

import io.telltale.sealing.DataKey;
import io.telltale.sealing.Envelope;
import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The cost of a sealed reading: a number of a sensor whose data key is cached. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealingBenchmarks {

    private static final SensorId SENSOR = new SensorId("boiler-0000007");

    private final DataKey key = new DataKey(1, DataKey.randomBytes());
    private final byte[] value = new byte[1 + Double.BYTES];
    private final ByteBuffer sealed = ByteBuffer.wrap(Envelope.seal(key, value, associatedData(0)));
    private long timestampMillis;

    private static byte[] associatedData(long timestampMillis) {
        return Envelope.associatedData(SENSOR, timestampMillis, 77, 1);
    }

    @Benchmark
    public byte[] sealNumber() {
        return Envelope.seal(key, value, associatedData(timestampMillis++));
    }

    @Benchmark
    public byte[] openNumber() {
        return Objects.requireNonNull(Envelope.open(key, sealed, associatedData(0)));
    }
}
