package io.telltale.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.telltale.sensors.Rfc3339;
import io.telltale.wire.EncodedBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Compares {@link EncodedBytes} with the generator of Jackson, and {@link Rfc3339} with {@link DateTimeFormatter}: the
 * reason to have own code for both. A page is a JSON array of 1,000 readings.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmarks {

    private static final int READINGS = 1_000;
    private static final long START_MILLIS = 1_769_860_800_000L;
    private static final DateTimeFormatter FORMATTER =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    private final byte[] instant = "2026-01-31T11:59:56.789Z".getBytes(US_ASCII);
    private final double[] values = new double[READINGS];
    private final EncodedBytes bytes = new EncodedBytes(64 * READINGS);
    private final JsonFactory jackson = new JsonFactory();
    private final ByteArrayOutputStream stream = new ByteArrayOutputStream(64 * READINGS);
    private long timestampMillis = START_MILLIS;

    /**
     * Creates the values and compares the results.
     *
     * @throws IllegalStateException if the contestants differ: their times would not be comparable
     */
    @Setup
    public void compare() throws IOException {
        for (int i = 0; i < READINGS; i++) {
            // Never an integer: Jackson would write 20.0, and EncodedBytes 20.
            values[i] = 20.005 + i / 100.0;
        }
        pageByEncodedBytes();
        pageByJackson();
        require(new String(bytes.toByteArray(), US_ASCII).equals(stream.toString(US_ASCII)), "pages");
        require(parseByRfc3339() == parseByFormatter(), "parsed instants");
        require(Rfc3339.format(START_MILLIS).equals(FORMATTER.format(Instant.ofEpochMilli(START_MILLIS))), "texts");
    }

    private static void require(boolean isEqual, String what) {
        if (!isEqual) {
            throw new IllegalStateException(what + " differ");
        }
    }

    @Benchmark
    public int pageByEncodedBytes() {
        bytes.clear();
        bytes.ascii('[');
        for (int i = 0; i < READINGS; i++) {
            bytes.ascii(i == 0 ? "{\"timestamp\":\"" : ",{\"timestamp\":\"").instant(START_MILLIS + i);
            bytes.ascii("\",\"value\":").number(values[i]).ascii('}');
        }
        return bytes.ascii(']').size();
    }

    /** Jackson with the instants of {@link Rfc3339}, so that only the generators differ. */
    @Benchmark
    public int pageByJackson() throws IOException {
        stream.reset();
        try (JsonGenerator json = jackson.createGenerator(stream)) {
            json.writeStartArray();
            for (int i = 0; i < READINGS; i++) {
                json.writeStartObject();
                json.writeStringField("timestamp", Rfc3339.format(START_MILLIS + i));
                json.writeNumberField("value", values[i]);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        return stream.size();
    }

    @Benchmark
    public String formatByRfc3339() {
        return Rfc3339.format(timestampMillis++);
    }

    @Benchmark
    public String formatByFormatter() {
        return FORMATTER.format(Instant.ofEpochMilli(timestampMillis++));
    }

    @Benchmark
    public long parseByRfc3339() {
        return Rfc3339.parse(instant, 0, instant.length);
    }

    @Benchmark
    public long parseByFormatter() {
        OffsetDateTime parsed =
                DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(new String(instant, US_ASCII), OffsetDateTime::from);
        return parsed.toEpochSecond() * 1_000 + parsed.get(ChronoField.MILLI_OF_SECOND);
    }
}
