package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.store.RecordOrigin;
import io.telltale.store.StoredReading;
import io.telltale.wire.CsvEncoder;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import io.telltale.wire.SenMlEncoder;
import java.util.List;
import org.junit.jupiter.api.Test;

class AvailableReadingsTest {

    private static final StoredReading ONE = reading(new Value.Numeric(1));
    private static final StoredReading LOST = reading(Value.Unavailable.KEY_UNAVAILABLE);
    private static final StoredReading DAMAGED = reading(Value.Unavailable.DAMAGED);

    private static StoredReading reading(Value value) {
        return new StoredReading(1_767_225_600_000L, value, new RecordOrigin(1, 0, 0));
    }

    @Test
    void leavesOutAndCountsWhatCannotBeRead() {
        AvailableReadings available = new AvailableReadings();
        List<StoredReading> all = List.of(ONE, ONE);
        assertThat(available.of(all)).isSameAs(all);
        assertThat(available.of(List.of(LOST, ONE, DAMAGED))).containsExactly(ONE);
        assertThat(available.of(List.of(LOST))).isEmpty();
        assertThat(available.unavailable()).isEqualTo(3);
    }

    @Test
    void everyFormatSaysThatThereIsNoValue() {
        EncodedBytes json = new EncodedBytes(64);
        new ReadingEncoder().object(LOST.timestampMillis(), LOST.value(), json);
        assertThat(json)
                .hasToString(
                        "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"value\":null,\"sealed\":\"key-unavailable\"}");
        EncodedBytes csv = new EncodedBytes(64);
        CsvEncoder.SPREADSHEET.row(DAMAGED.timestampMillis(), DAMAGED.value(), csv);
        assertThat(csv).hasToString("2026-01-01T00:00:00.000Z,\r\n");
        EncodedBytes pack = new EncodedBytes(64);
        new SenMlEncoder(new SensorId("a"), null).entry(DAMAGED.timestampMillis(), DAMAGED.value(), pack);
        assertThat(pack).hasToString("{\"bn\":\"a\",\"bt\":1767225600,\"sealed\":\"damaged\"}");
    }
}
