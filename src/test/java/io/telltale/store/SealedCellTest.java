package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sealing.DataKey;
import io.telltale.sealing.Envelope;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SealedCellTest {

    private static final SensorId SENSOR = new SensorId("a");
    private static final RecordOrigin ORIGIN = new RecordOrigin(2, 3, 4);

    private final DataKey key = new DataKey(1, new byte[64]);
    private final DataKey laterKey = new DataKey(2, new byte[64]);

    private static ByteBuffer plain(Value value, RecordOrigin origin) {
        return rows(new RecordedReading(new Reading(SENSOR, new SensorType("t"), 5, value), origin, 6))
                .cellBytes(0);
    }

    private static byte[] bytes(ByteBuffer cell) {
        byte[] bytes = new byte[cell.remaining()];
        cell.duplicate().get(bytes);
        return bytes;
    }

    @Test
    void everyKindOfValueIsOpenedAgain() {
        for (Value value : List.of(
                new Value.Numeric(-21.5),
                Value.Flag.TRUE,
                Value.Flag.FALSE,
                new Value.Text("gr\u00fcn"),
                new Value.Text(""))) {
            ByteBuffer sealed = SealedReadings.seal(SENSOR, 5, plain(value, ORIGIN), key);
            assertThat(ReadingCell.isSealed(sealed)).isTrue();
            assertThat(ReadingCell.origin(sealed)).isEqualTo(ORIGIN);
            assertThat(ReadingCell.value(sealed)).isEqualTo(Value.Unavailable.KEY_UNAVAILABLE);
            byte[] opened = Objects.requireNonNull(Envelope.open(
                    key,
                    ReadingCell.content(sealed),
                    Envelope.associatedData(SENSOR, 5, ORIGIN.position(), ORIGIN.epoch())));
            assertThat(ReadingCell.valueOf(ByteBuffer.wrap(opened))).isEqualTo(value);
        }
    }

    @Test
    void doesNotContainTheText() {
        byte[] sealed = bytes(SealedReadings.seal(SENSOR, 5, plain(new Value.Text("marker-marker"), ORIGIN), key));
        assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("marker");
    }

    /** Cassandra keeps the greater bytes of two cells with one write timestamp, in whatever order they are written. */
    @Test
    void theWinnerStaysTheSame() {
        byte[] first = bytes(plain(new Value.Text("\uffff"), new RecordOrigin(2, 3, 4)));
        byte[] firstSealed = bytes(SealedReadings.seal(SENSOR, 5, ByteBuffer.wrap(first), key));
        byte[] second = bytes(plain(new Value.Numeric(0), new RecordOrigin(2, 3, 5)));
        byte[] secondSealed = bytes(SealedReadings.seal(SENSOR, 5, ByteBuffer.wrap(second), key));
        for (byte[] later : List.of(second, secondSealed)) {
            assertThat(Arrays.compareUnsigned(later, first)).isPositive();
            assertThat(Arrays.compareUnsigned(later, firstSealed)).isPositive();
        }
        // A record that is read again after sealing was switched on: the sealed cell stays.
        assertThat(Arrays.compareUnsigned(firstSealed, first)).isPositive();
        byte[] again = bytes(SealedReadings.seal(SENSOR, 5, ByteBuffer.wrap(first), key));
        assertThat(again).isEqualTo(firstSealed);
        byte[] withLaterKey = bytes(SealedReadings.seal(SENSOR, 5, ByteBuffer.wrap(first), laterKey));
        assertThat(Arrays.compareUnsigned(withLaterKey, firstSealed)).isPositive();
    }
}
