package io.telltale.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvelopeTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final SensorId SENSOR = new SensorId("ward-7:bed-2");
    private static final byte[] ASSOCIATED = Envelope.associatedData(SENSOR, 1_767_225_600_000L, 77, 1);
    private static final byte[] VALUE = "\u0004diagnosis".getBytes(StandardCharsets.UTF_8);

    private final DataKey key = key(3, 0);

    private static DataKey key(int id, int first) {
        byte[] bytes = new byte[64];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return new DataKey(id, bytes);
    }

    /** Existing clusters store these bytes. */
    @Test
    void theEncodingNeverChanges() {
        assertThat(HEX.formatHex(ASSOCIATED))
                .isEqualTo("01" + "0000019b76daa800" + "000000000000004d" + "01" + "776172642d373a6265642d32");
        assertThat(HEX.formatHex(Envelope.seal(key, VALUE, ASSOCIATED)))
                .isEqualTo("000000035148a1921bcee2d31aff8f2210c18b4e15ee5a8f9cb2a7bfb89e");
    }

    @Test
    void opensWhatItSealed() {
        for (byte[] value : List.of(new byte[] {2}, VALUE, new byte[4_097])) {
            byte[] sealed = Envelope.seal(key, value, ASSOCIATED);
            assertThat(sealed).hasSize(value.length + Envelope.OVERHEAD_BYTES);
            assertThat(Envelope.keyId(ByteBuffer.wrap(sealed))).isEqualTo(3);
            assertThat(Envelope.open(key, ByteBuffer.wrap(sealed), ASSOCIATED)).isEqualTo(value);
        }
    }

    /** The driver returns slices of larger buffers. */
    @Test
    void opensFromTheBuffersPosition() {
        byte[] sealed = Envelope.seal(key, VALUE, ASSOCIATED);
        ByteBuffer larger = ByteBuffer.allocate(sealed.length + 9)
                .position(4)
                .put(sealed)
                .flip()
                .position(4);
        assertThat(Envelope.keyId(larger)).isEqualTo(3);
        assertThat(Envelope.open(key, larger, ASSOCIATED)).isEqualTo(VALUE);
        assertThat(larger.position()).isEqualTo(4);
    }

    /** Otherwise a record that is written twice could win over another one by chance. */
    @Test
    void equalReadingsGiveEqualBytes() {
        assertThat(Envelope.seal(key, VALUE, ASSOCIATED)).isEqualTo(Envelope.seal(key(3, 0), VALUE, ASSOCIATED));
    }

    @Test
    void noByteCanBeChanged() {
        byte[] sealed = Envelope.seal(key, VALUE, ASSOCIATED);
        for (int at = Integer.BYTES; at < sealed.length; at++) {
            byte[] changed = sealed.clone();
            changed[at] ^= 1;
            assertThat(Envelope.open(key, ByteBuffer.wrap(changed), ASSOCIATED)).isNull();
        }
        for (int length = 0; length < sealed.length; length++) {
            assertThat(Envelope.open(key, ByteBuffer.wrap(sealed, 0, length), ASSOCIATED))
                    .isNull();
        }
    }

    @Test
    void aMovedValueCannotBeOpened() {
        ByteBuffer sealed = ByteBuffer.wrap(Envelope.seal(key, VALUE, ASSOCIATED));
        for (byte[] other : List.of(
                Envelope.associatedData(new SensorId("ward-7:bed-3"), 1_767_225_600_000L, 77, 1),
                Envelope.associatedData(SENSOR, 1_767_225_600_001L, 77, 1),
                Envelope.associatedData(SENSOR, 1_767_225_600_000L, 78, 1),
                Envelope.associatedData(SENSOR, 1_767_225_600_000L, 77, 2))) {
            assertThat(Envelope.open(key, sealed, other)).isNull();
        }
        assertThat(Envelope.open(key(3, 1), sealed, ASSOCIATED)).isNull();
    }

    @Test
    void aKeyHasTheRightLengthAndTellsNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DataKey(1, new byte[32]));
        assertThat(key).hasToString("data key 3");
        assertThat(DataKey.randomBytes()).hasSize(64).isNotEqualTo(DataKey.randomBytes());
    }
}
