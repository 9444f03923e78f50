package io.telltale.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.ReadingDecoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class BacklogTest {

    private static final long RECORD_TIME =
            Instant.parse("2026-02-01T00:00:00Z").toEpochMilli();

    @Test
    void theServiceDecodesEachRecordAndEachIsAnotherReadingOfIt() {
        Backlog backlog = new Backlog(BacklogShape.atLeast(1_000, 10, 5), 1);
        BitSet seen = new BitSet();
        decoded(backlog).forEach(reading -> seen.set(indexOf(backlog, reading)));
        assertThat(seen.cardinality()).isEqualTo(backlog.shape().records()).isEqualTo(1_000);
    }

    @Test
    void readingsOfASensorFollowEachOtherByB() {
        Backlog backlog = new Backlog(BacklogShape.atLeast(1, 3, 2), 1);
        assertThat(decoded(backlog).stream().map(reading -> reading.sensorId().value()))
                .containsExactly(
                        "drain-000000", "drain-000000", "drain-000001", "drain-000001", "drain-000002", "drain-000002");
    }

    @Test
    void theSameSeedGivesTheSameReadings() {
        BacklogShape shape = BacklogShape.atLeast(100, 10, 1);
        assertThat(decoded(new Backlog(shape, 7))).isEqualTo(decoded(new Backlog(shape, 7)));
        assertThat(decoded(new Backlog(shape, 7))).isNotEqualTo(decoded(new Backlog(shape, 8)));
    }

    @Test
    void whatWasNeverSentIsNoneOfIt() {
        Backlog backlog = new Backlog(BacklogShape.atLeast(100, 10, 1), 1);
        Reading sent = decoded(backlog).get(0);
        String sensor = sent.sensorId().value();
        double value = ((Value.Numeric) sent.value()).number();
        assertThat(backlog.indexOf(sensor, sent.timestampMillis(), value)).isNotNegative();
        assertThat(backlog.indexOf(sensor, sent.timestampMillis(), value + 0.01))
                .isEqualTo(-1);
        assertThat(backlog.indexOf(sensor, sent.timestampMillis() + 1, value)).isEqualTo(-1);
        assertThat(backlog.indexOf(sensor, sent.timestampMillis() + 3_600_000, value))
                .isEqualTo(-1);
        assertThat(backlog.indexOf("drain-000010", sent.timestampMillis(), value))
                .isEqualTo(-1);
        assertThat(backlog.indexOf("other-000000", sent.timestampMillis(), value))
                .isEqualTo(-1);
    }

    private static int indexOf(Backlog backlog, Reading reading) {
        int index = backlog.indexOf(
                reading.sensorId().value(), reading.timestampMillis(), ((Value.Numeric) reading.value()).number());
        assertThat(index).as("index of %s", reading).isNotNegative();
        return index;
    }

    private static List<Reading> decoded(Backlog backlog) {
        ReadingDecoder decoder = new ReadingDecoder();
        List<Reading> readings = new ArrayList<>();
        backlog.forEach((key, body) -> {
            var decoded = decoder.decode(backlog.shape().type(), key, body, RECORD_TIME);
            assertThat(decoded).as(new String(body, UTF_8)).isInstanceOf(Accepted.class);
            readings.add(((Accepted) decoded).reading());
        });
        return readings;
    }
}
