package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordOriginTest {

    @ParameterizedTest
    @CsvSource({
        "0,   0,     0,               0",
        "1,   0,     1,               1",
        "255, 1,     0,               281474976710656",
        "1,   65535, 281474976710655, -1",
        "1,   32768, 0,               -9223372036854775808",
    })
    void packsPartitionAndOffsetIntoEightBytes(int epoch, int partition, long offset, long position) {
        RecordOrigin origin = new RecordOrigin(epoch, partition, offset);
        assertThat(origin.position()).isEqualTo(position);
        assertThat(RecordOrigin.of(epoch, position)).isEqualTo(origin);
    }

    @ParameterizedTest
    @CsvSource({
        "-1,  0,     0,               epoch -1 is not within 0 to 255",
        "256, 0,     0,               epoch 256 is not within 0 to 255",
        "1,   -1,    0,               Kafka partition -1 is not within 0 to 65535",
        "1,   65536, 0,               Kafka partition 65536 is not within 0 to 65535",
        "1,   0,     -1,              Kafka offset -1 is not within 0 to 281474976710655",
        "1,   0,     281474976710656, Kafka offset 281474976710656 is not within 0 to 281474976710655",
    })
    void rejectsAnOriginOutOfRange(int epoch, int partition, long offset, String message) {
        assertThatThrownBy(() -> new RecordOrigin(epoch, partition, offset)).hasMessage(message);
    }
}
