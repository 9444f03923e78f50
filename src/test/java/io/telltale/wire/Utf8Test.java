package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {

    @ParameterizedTest
    @ValueSource(
            strings = {"", "00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "f0908080", "f48fbfbf"})
    void acceptsTheFirstAndLastOfEachLength(String hex) {
        assertThat(Utf8.isValid(HexFormat.of().parseHex(hex))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80",
                "bf",
                "c080",
                "c1bf",
                "c2",
                "c27f",
                "c2c0",
                "e09fbf",
                "e0a0",
                "e0a07f",
                "eda080",
                "edbfbf",
                "f08fbfbf",
                "f0908080c2",
                "f0908080ff",
                "f09080",
                "f4908080",
                "f5808080",
                "ff",
                "fe",
                "61c2",
                "c261"
            })
    void rejectsOverlongFormsSurrogatesAndFragments(String hex) {
        assertThat(Utf8.isValid(HexFormat.of().parseHex(hex))).isFalse();
    }

    @Test
    void agreesWithJavaOnAnyBytes() {
        Random random = new Random(17);
        for (int i = 0; i < 300_000; i++) {
            byte[] bytes = new byte[random.nextInt(6)];
            for (int at = 0; at < bytes.length; at++) {
                // Mostly lead and continuation bytes, so that many sequences are almost valid.
                bytes[at] = (byte) (at == 0 ? 0xc0 + random.nextInt(0x40) : 0x70 + random.nextInt(0x60));
            }

            assertThat(Utf8.isValid(bytes)).as(HexFormat.of().formatHex(bytes)).isEqualTo(decodes(bytes));
        }
    }

    private static boolean decodes(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
