package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import org.junit.jupiter.api.Test;

class ReadingEncoderTest {

    private static final SensorId ID = new SensorId("boiler-7");
    private static final Value VALUE = new Value.Numeric(21.5);
    private static final long MILLIS = 1769862896789L;
    private static final Reading READING = new Reading(ID, new SensorType("temperature"), MILLIS, VALUE);

    private final ReadingEncoder encoder = new ReadingEncoder();
    private final EncodedBytes target = new EncodedBytes(1);

    @Test
    void writesTheBodyOfARecord() {
        assertThat(new String(encoder.body(READING, new Description("Cel", "hall:2")), UTF_8))
                .isEqualTo("{\"sensorId\":\"boiler-7\",\"type\":\"temperature\","
                        + "\"timestamp\":\"2026-01-31T12:34:56.789Z\",\"value\":21.5,"
                        + "\"unit\":\"Cel\",\"site\":\"hall:2\"}");
    }

    @Test
    void escapesAUnitThatNeedsIt() {
        assertThat(new String(encoder.body(READING, new Description("[in_i'H2O]\"\\", null)), UTF_8))
                .endsWith("\"unit\":\"[in_i'H2O]\\\"\\\\\"}");
    }

    @Test
    void writesTheDataOfALiveEvent() {
        String expected = "{\"sensorId\":\"boiler-7\",\"type\":\"temperature\","
                + "\"timestamp\":\"2026-01-31T12:34:56.789Z\",\"value\":21.5}";

        encoder.event(READING, target);

        assertThat(target).hasToString(expected);
    }

    @Test
    void writesALineForEachReadingOfOneSensor() {
        encoder.line(MILLIS, VALUE, target);
        encoder.line(MILLIS + 1, Value.Flag.TRUE, target);
        encoder.line(MILLIS + 2, new Value.Text("two\nlines"), target);

        assertThat(target).hasToString("""
                        {"timestamp":"2026-01-31T12:34:56.789Z","value":21.5}
                        {"timestamp":"2026-01-31T12:34:56.790Z","value":true}
                        {"timestamp":"2026-01-31T12:34:56.791Z","value":"two\\nlines"}
                        """);
    }

    @Test
    void writesALineForEachReadingOfManySensors() {
        encoder.line(ID, MILLIS, VALUE, target);

        assertThat(target)
                .hasToString("{\"sensorId\":\"boiler-7\",\"timestamp\":\"2026-01-31T12:34:56.789Z\",\"value\":21.5}\n");
    }

    @Test
    void writesBareObjectsForPages() {
        encoder.object(MILLIS, VALUE, target);
        target.ascii(',');
        encoder.object(ID, MILLIS, VALUE, target);

        assertThat(target)
                .hasToString("{\"timestamp\":\"2026-01-31T12:34:56.789Z\",\"value\":21.5},"
                        + "{\"sensorId\":\"boiler-7\",\"timestamp\":\"2026-01-31T12:34:56.789Z\",\"value\":21.5}");
    }
}
