package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CursorSignerTest {

    /** Test case 1 of RFC 4231. */
    @Test
    void startsAKeyedSignatureLikeTheHmac() {
        byte[] key = new byte[20];
        Arrays.fill(key, (byte) 0x0b);
        byte[] data = "Hi There".getBytes(StandardCharsets.US_ASCII);
        assertThat(CursorSigner.keyed(key).of(data, data.length))
                .isEqualTo(HexFormat.of().parseHex("b0344c61d8db38535ca8afce"));
    }

    @Test
    void rejectsAShortKey() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CursorSigner.keyed(new byte[15]))
                .withMessageContaining("15 bytes");
    }
}
