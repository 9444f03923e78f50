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
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource("kinds")
class CursorTest {

    private static final QueryFingerprint QUERY = QueryFingerprint.of(List.of("GET /sensors", "type", "temperature"));
    private static final byte[] PLACE = "after boiler-7".getBytes(ISO_8859_1);
    private static final CursorSigner KEYED =
            CursorSigner.keyed("a key that only the replicas have".getBytes(ISO_8859_1));

    /** @param firstGivenOut the cursor of {@link #QUERY} and {@link #PLACE} by the first release with this signer */
    private record Kind(CursorSigner seal, String firstGivenOut, int maxCharacters) {}

    private final Kind kind;

    CursorTest(Kind kind) {
        this.kind = kind;
    }

    static List<Kind> kinds() {
        return List.of(
                new Kind(CursorSigner.CHECKSUM, "ASlS0PUsEPFzYWZ0ZXIgYm9pbGVyLTckleJlmo4pjw", 1_388),
                new Kind(KEYED, "AilS0PUsEPFzYWZ0ZXIgYm9pbGVyLTf2RpVERvoF-1gbGg0", 1_394));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 100, 1_023, 1_024})
    void decodesThePositionFromSafeText(int length) {
        byte[] place = new byte[length];
        new Random(length).nextBytes(place);

        String text = encode(QUERY, place);

        assertThat(text).matches("[A-Za-z0-9_-]+");
        assertThat(decode(text)).isEqualTo(place);
    }

    @Test
    void rejectsATooLongPosition() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encode(QUERY, new byte[1_025]))
                .withMessageContaining("1025");
    }

    /** A change would break the cursors of clients during an upgrade. */
    @Test
    void decodesTheCursorsOfEarlierReleases() {
        assertThat(encode(QUERY, PLACE)).isEqualTo(kind.firstGivenOut());
        assertThat(decode(kind.firstGivenOut())).isEqualTo(PLACE);
    }

    @Test
    void rejectsAFlippedBit() {
        for (int length = 0; length < 6; length++) {
            byte[] cursor = encode(QUERY, Arrays.copyOf(PLACE, length)).getBytes(ISO_8859_1);
            for (int bit = 0; bit < 8 * cursor.length; bit++) {
                byte[] damaged = cursor.clone();
                damaged[bit / 8] ^= (byte) (1 << (bit % 8));

                assertBad(new String(damaged, ISO_8859_1), "whole");
            }
        }
    }

    @Test
    void rejectsAChangedCharacter() {
        String cursor = encode(QUERY, PLACE);
        for (int at = 0; at < cursor.length(); at++) {
            for (char c = '!'; c <= '~'; c++) {
                if (c != cursor.charAt(at)) {
                    assertBad(cursor.substring(0, at) + c + cursor.substring(at + 1), "whole");
                }
            }
        }
    }

    @Test
    void rejectsTruncatedAndExtendedText() {
        String cursor = encode(QUERY, PLACE);
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
        assertBad("A".repeat(100_000), "at most %d characters".formatted(kind.maxCharacters()));
    }

    @Test
    void rejectsAnotherQuery() {
        String foreign = encode(QueryFingerprint.of(List.of("GET /sensors", "type", "humidity")), PLACE);

        assertBad(foreign, "one of the same query");
    }

    @Test
    void rejectsAnUnknownVersion() {
        byte[] cursor =
                ByteBuffer.allocate(9).put((byte) 3).putLong(QUERY.bits()).array();
        byte[] seal = kind.seal().of(cursor, cursor.length);
        byte[] whole =
                ByteBuffer.allocate(9 + seal.length).put(cursor).put(seal).array();

        assertBad(
                Base64.getUrlEncoder().withoutPadding().encodeToString(whole),
                "one of version " + kind.seal().version());
    }

    @Test
    void rejectsAnotherSigner() {
        for (CursorSigner other : List.of(CursorSigner.CHECKSUM, KEYED, CursorSigner.keyed(new byte[16]))) {
            if (other != kind.seal()) {
                assertBad(Cursor.encode(QUERY, PLACE, other), "whole");
            }
        }
    }

    @Test
    void namesTheSourceAndItsValue() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Cursor.decode("header Last-Event-ID", "x".repeat(200), QUERY, kind.seal()))
                .satisfies(e -> assertThat(e.problem().detail())
                        .startsWith("header Last-Event-ID is '" + "x".repeat(64) + "…'; expected"));
    }

    private String encode(QueryFingerprint query, byte[] place) {
        return Cursor.encode(query, place, kind.seal());
    }

    private byte[] decode(String text) {
        return Cursor.decode("cursor", text, QUERY, kind.seal());
    }

    private void assertBad(String text, String expected) {
        assertThatExceptionOfType(ProblemException.class)
                .as(text)
                .isThrownBy(() -> decode(text))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ProblemCode.BAD_CURSOR);
                    assertThat(e.problem().status()).isEqualTo(400);
                    assertThat(e.problem().detail()).contains(expected);
                });
    }
}
