package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Value;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReadingCellTest {

    private static final RecordOrigin ORIGIN = new RecordOrigin(3, 0x0102, 0x0a0b0c0d0e0fL);

    static Stream<Arguments> cells() {
        return Stream.of(
                Arguments.of(new Value.Numeric(21.5), "01020a0b0c0d0e0f" + "03" + "01" + "4035800000000000"),
                Arguments.of(new Value.Numeric(-0.0), "01020a0b0c0d0e0f" + "03" + "01" + "8000000000000000"),
                Arguments.of(Value.Flag.FALSE, "01020a0b0c0d0e0f" + "03" + "02"),
                Arguments.of(Value.Flag.TRUE, "01020a0b0c0d0e0f" + "03" + "03"),
                Arguments.of(new Value.Text("gr\u00fcn"), "01020a0b0c0d0e0f" + "03" + "04" + "6772c3bc6e"),
                Arguments.of(new Value.Text(""), "01020a0b0c0d0e0f" + "03" + "04"));
    }

    /** Existing clusters store these bytes. */
    @ParameterizedTest
    @MethodSource("cells")
    void theEncodingNeverChanges(Value value, String hex) {
        assertThat(hex(cell(ORIGIN, value))).isEqualTo(hex);
        ByteBuffer stored = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        assertThat(ReadingCell.value(stored)).isEqualTo(value);
        assertThat(ReadingCell.origin(stored)).isEqualTo(ORIGIN);
    }

    @Test
    void decodesEveryEncodedValue() {
        for (Value value : List.of(
                new Value.Numeric(0),
                new Value.Numeric(-0.0),
                new Value.Numeric(Double.MIN_VALUE),
                new Value.Numeric(-Double.MAX_VALUE),
                Value.Flag.TRUE,
                Value.Flag.FALSE,
                new Value.Text(""),
                new Value.Text("\u0000"),
                new Value.Text("\ud83d\ude00".repeat(Value.MAX_TEXT_CODE_POINTS)))) {
            assertThat(ReadingCell.value(cell(ORIGIN, value))).isEqualTo(value);
        }
    }

    /** The driver returns slices of larger buffers. */
    @Test
    void decodesFromTheBuffersPosition() {
        ByteBuffer cell = cell(ORIGIN, new Value.Text("open"));
        ByteBuffer within = ByteBuffer.allocate(cell.remaining() + 7).position(7);
        within.put(cell).flip().position(7);
        assertThat(ReadingCell.value(within)).isEqualTo(new Value.Text("open"));
        assertThat(ReadingCell.origin(within)).isEqualTo(ORIGIN);
        assertThat(within.position()).isEqualTo(7);
    }

    /** Cassandra keeps the greater bytes of two cells with the same write timestamp. */
    @Test
    void aHigherOffsetOfAPartitionHasGreaterBytes() {
        Random random = new Random(5);
        List<Value> values = List.of(
                new Value.Numeric(-1), new Value.Numeric(1e300), Value.Flag.TRUE, new Value.Text("\uffff".repeat(9)));
        for (int i = 0; i < 20_000; i++) {
            // Of every magnitude, so that each byte of the offset is decisive in some cases.
            long higher = 1 + (random.nextLong() >>> random.nextInt(16, 63));
            long lower = random.nextLong(higher);
            int partition = random.nextInt(RecordOrigin.MAX_PARTITION + 1);
            byte[] later = bytes(cell(new RecordOrigin(1, partition, higher), any(values, random)));
            byte[] earlier = bytes(cell(new RecordOrigin(1, partition, lower), any(values, random)));
            assertThat(Arrays.compareUnsigned(later, earlier))
                    .as("offset %d against %d", higher, lower)
                    .isPositive();
        }
    }

    @Test
    void rejectsAnUnknownKind() {
        ByteBuffer unknown = cell(ORIGIN, Value.Flag.TRUE).put(9, (byte) 17);
        assertThatThrownBy(() -> ReadingCell.value(unknown)).hasMessage("stored reading of unknown kind 17");
    }

    private static ByteBuffer cell(RecordOrigin origin, Value value) {
        ByteBuffer cell = ByteBuffer.allocate(ReadingCell.maxBytes(value));
        ReadingCell.put(cell, origin, value);
        return cell.flip();
    }

    private static Value any(List<Value> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static String hex(ByteBuffer buffer) {
        return HexFormat.of().formatHex(bytes(buffer));
    }
}
