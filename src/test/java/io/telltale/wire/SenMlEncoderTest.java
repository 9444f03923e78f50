package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Description;
import io.telltale.sensors.EpochMillis;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SenMlEncoderTest {

    private static final SensorId SENSOR = new SensorId("boiler-7");
    private static final SensorType TYPE = new SensorType("climate");

    @Test
    void writesTheBaseFieldsInTheFirstEntry() {
        EncodedBytes entries = new EncodedBytes(16);
        SenMlEncoder encoder = new SenMlEncoder(SENSOR, "Cel");
        encoder.entry(1_767_225_600_125L, new Value.Numeric(21.5), entries);
        encoder.entry(1_767_225_600_126L, new Value.Text("a \"b\""), entries);
        encoder.entry(1_767_225_660_125L, Value.Flag.of(true), entries);
        encoder.entry(1_767_225_599_000L, new Value.Numeric(-0.0), entries);
        assertThat(entries.toString()).isEqualTo("""
                        {"bn":"boiler-7","bt":1767225600.125,"bu":"Cel","v":21.5},
                        {"t":0.001,"vs":"a \\"b\\""},
                        {"t":60,"vb":true},
                        {"t":-1.125,"v":-0.0}""");
    }

    @Test
    void omitsAnUnknownUnit() {
        EncodedBytes entries = new EncodedBytes(16);
        new SenMlEncoder(SENSOR, null).entry(1_767_225_600_000L, new Value.Numeric(1), entries);
        assertThat(entries.toString()).isEqualTo("{\"bn\":\"boiler-7\",\"bt\":1767225600,\"v\":1}");
    }

    @Test
    void rejectsARelativeTime() {
        SenMlEncoder encoder = new SenMlEncoder(SENSOR, null);
        assertThatThrownBy(() -> encoder.entry(
                        SenMlEncoder.MIN_TIMESTAMP_MILLIS - 1, new Value.Numeric(1), new EncodedBytes(16)))
                .hasMessageContaining("is before 268435456000 ms");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void decodesEncodedReadings(long seed) {
        Random random = new Random(seed);
        Map<Long, Value> sent = new LinkedHashMap<>();
        for (int i = 0; i < 500; i++) {
            long span = EpochMillis.END_PLAUSIBLE - SenMlEncoder.MIN_TIMESTAMP_MILLIS;
            sent.put(SenMlEncoder.MIN_TIMESTAMP_MILLIS + Math.floorMod(random.nextLong(), span), value(random));
        }
        EncodedBytes pack = new EncodedBytes(16);
        SenMlEncoder encoder = new SenMlEncoder(SENSOR, "Cel");
        pack.ascii('[');
        sent.forEach((millis, value) -> encoder.entry(millis, value, pack));
        pack.ascii(']');

        DecodeResult decoded =
                new SenMlDecoder().decode(TYPE, pack.toString().getBytes(UTF_8), EpochMillis.END_PLAUSIBLE);

        List<Accepted> expected = new ArrayList<>();
        sent.forEach((millis, value) ->
                expected.add(new Accepted(new Reading(SENSOR, TYPE, millis, value), Description.of("Cel", null))));
        assertThat(decoded.accepted()).containsExactlyElementsOf(expected);
    }

    private static Value value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Value.Flag.of(random.nextBoolean());
            case 1 -> new Value.Text(ReadingRoundTripTest.randomText(random));
            case 2 -> new Value.Numeric(random.nextInt());
            default -> new Value.Numeric(random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20));
        };
    }
}
