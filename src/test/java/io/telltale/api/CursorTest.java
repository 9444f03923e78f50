package io.telltale.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {

    private static final Fingerprint QUERY = Fingerprint.of(List.of("GET /sensors", "type", "temperature"));
    private static final byte[] PLACE = "after boiler-7".getBytes(ISO_8859_1);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 100, 1_023, 1_024})
    void givesBackThePlaceAndIsSafeInAUrl(int length) {
        byte[] place = new byte[length];
        new Random(length).nextBytes(place);

        String text = Cursor.encode(QUERY, place);

        assertThat(text).matches("[A-Za-z0-9_-]+");
        assertThat(Cursor.decode("cursor", text, QUERY)).isEqualTo(place);
    }

    @Test
    void refusesAPlaceThatIsTooLong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cursor.encode(QUERY, new byte[1_025]))
                .withMessageContaining("1025");
    }

    /** Were this to change, cursors in the hands of clients would break with an upgrade. */
    @Test
    void isReadForEverAsItWasFirstGivenOut() {
        String givenOutByTheFirstVersion = "ASlS0PUsEPFzYWZ0ZXIgYm9pbGVyLTckleJlmo4pjw";

        assertThat(Cursor.decode("cursor", givenOutByTheFirstVersion, QUERY)).isEqualTo(PLACE);
        assertThat(Cursor.encode(QUERY, PLACE)).isEqualTo(givenOutByTheFirstVersion);
    }

    @Test
    void isRefusedWhateverBitOfItIsFlipped() {
        for (int length = 0; length < 6; length++) {
            byte[] cursor = Cursor.encode(QUERY, Arrays.copyOf(PLACE, length)).getBytes(ISO_8859_1);
            for (int bit = 0; bit < 8 * cursor.length; bit++) {
                byte[] damaged = cursor.clone();
                damaged[bit / 8] ^= (byte) (1 << (bit % 8));

                assertBad(new String(damaged, ISO_8859_1), "whole");
            }
        }
    }

    @Test
    void isRefusedWhateverCharacterOfItIsAnother() {
        String cursor = Cursor.encode(QUERY, PLACE);
        for (int at = 0; at < cursor.length(); at++) {
            for (char c = '!'; c <= '~'; c++) {
                if (c != cursor.charAt(at)) {
                    assertBad(cursor.substring(0, at) + c + cursor.substring(at + 1), "whole");
                }
            }
        }
    }

    @Test
    void isRefusedWhereItIsCutOrPaddedOrContinued() {
        String cursor = Cursor.encode(QUERY, PLACE);
        for (int length = 0; length < cursor.length(); length++) {
            assertBad(cursor.substring(0, length), "whole");
            assertBad(cursor.substring(cursor.length() - length), "whole");
        }
        assertBad(cursor + "=", "whole");
        assertBad(cursor + "==", "whole");
        assertBad(cursor + "A", "whole");
        assertBad(cursor + cursor, "whole");
        assertBad(" " + cursor, "whole");
        assertBad("%" + cursor, "whole");
        assertBad("A".repeat(100_000), "at most 1388 characters");
    }

    @Test
    void isRefusedWithAnotherQuery() {
        String foreign = Cursor.encode(Fingerprint.of(List.of("GET /sensors", "type", "humidity")), PLACE);

        assertBad(foreign, "one that was given out for the same query");
    }

    @Test
    void isRefusedInAVersionToCome() {
        byte[] cursor =
                ByteBuffer.allocate(17).put((byte) 2).putLong(QUERY.bits()).array();
        byte[] whole = withChecksum(cursor);

        assertBad(Base64.getUrlEncoder().withoutPadding().encodeToString(whole), "one of version 1");
    }

    @Test
    void namesTheParameterAndAnExcerpt() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Cursor.decode("lastEventId", "x".repeat(200), QUERY))
                .satisfies(e -> assertThat(e.problem().detail())
                        .startsWith("parameter lastEventId is '" + "x".repeat(64) + "…'; expected"));
    }

    @Test
    void fingerprintsTellApartHowTextsAreSplit() {
        assertThat(Fingerprint.of(List.of("ab", "c"))).isNotEqualTo(Fingerprint.of(List.of("a", "bc")));
        assertThat(Fingerprint.of(List.of("a", "b"))).isNotEqualTo(Fingerprint.of(List.of("b", "a")));
        assertThat(Fingerprint.of(List.of())).isNotEqualTo(Fingerprint.of(List.of("")));
        assertThat(Fingerprint.of(List.of("a"))).isEqualTo(Fingerprint.of(List.of("a")));
    }

    private static byte[] withChecksum(byte[] cursor) {
        var digest = Fingerprint.sha256();
        digest.update(cursor, 0, 9);
        return ByteBuffer.wrap(cursor)
                .putLong(9, Fingerprint.first64Bits(digest))
                .array();
    }

    private static void assertBad(String text, String expected) {
        assertThatExceptionOfType(ProblemException.class)
                .as(text)
                .isThrownBy(() -> Cursor.decode("cursor", text, QUERY))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ProblemCode.BAD_CURSOR);
                    assertThat(e.problem().status()).isEqualTo(400);
                    assertThat(e.problem().detail()).contains(expected);
                });
    }
}
