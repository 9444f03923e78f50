package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** The sensors that make the local fleet worth looking at. */
class NotableSensorsTest {

    private static final long NOW_MILLIS = 1_772_323_200_000L;

    @Test
    void oneFallsSilentAndOneDrifts() {
        List<ProducerRecord<String, String>> records = recordsOf(300);
        assertThat(of(NotableSensors.SILENT, records)).hasSize(NotableSensors.SILENT_AFTER);
        List<String> drifting = of(NotableSensors.DRIFTING, records);
        assertThat(drifting).hasSize(300);
        assertThat(drifting.get(0)).contains("\"timestamp\":\"2026-03-01T00:00:00.000Z\",\"value\":20.00");
        assertThat(drifting.get(299)).contains("\"value\":23.9");
    }

    @Test
    void theFaultyProducerMakesThreeMistakesInTurn() {
        assertThat(of(NotableSensors.FAULTY, recordsOf(15)))
                .containsExactly(
                        "{\"sensorId\":\"temperature-faulty\",\"timestamp\":1772323200,\"value\":21.5}",
                        "{\"sensorId\":\"temperature-faulty\",\"timestamp\":\"2026-03-01T00:00:05.000Z\",\"temp\":21.5}",
                        "temp=21.5;id=temperature-faulty");
    }

    @Test
    void sensorsHaveAFloorAndTheCoordinatesOfTheirSite() throws Exception {
        assertThat(FleetMetadata.metadata(
                                new ObjectMapper()
                                        .readTree("{\"sensorId\":\"temperature-drifting\",\"site\":\"berlin-1\"}"),
                                Duration.ofSeconds(5))
                        .toString())
                .matches(
                        "\\{\"expectedInterval\":\"PT5S\",\"name\":\"drifts upward\",\"labels\":\\{\"floor\":\"[0-3]\","
                                + "\"latitude\":\"52.5200\",\"longitude\":\"13.4050\"}}");
        assertThat(FleetMetadata.metadata(new ObjectMapper().readTree("{\"sensorId\":\"x\"}"), Duration.ofSeconds(5))
                        .toString())
                .isEqualTo("{\"expectedInterval\":\"PT5S\",\"labels\":{\"floor\":\"0\"}}");
    }

    private static List<ProducerRecord<String, String>> recordsOf(int seconds) {
        return IntStream.range(0, seconds)
                .boxed()
                .flatMap(second -> NotableSensors.records(second, NOW_MILLIS + 1_000L * second).stream())
                .toList();
    }

    private static List<String> of(String sensor, List<ProducerRecord<String, String>> records) {
        return records.stream()
                .filter(record -> record.key().equals(sensor))
                .map(ProducerRecord::value)
                .toList();
    }
}
