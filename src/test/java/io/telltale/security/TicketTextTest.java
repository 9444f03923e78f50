package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.QueryFingerprint;
import io.telltale.security.Caller.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TicketTextTest {

    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER_KEY = "0123456789abcdef0123456789abcdee".getBytes(StandardCharsets.US_ASCII);

    private final TicketText ticket =
            new TicketText(Kind.TOKEN, 60_000, 3_600_000, 42, "Ä caller", "{}".getBytes(StandardCharsets.UTF_8));

    @Test
    void readsWhatWasSigned() {
        TicketText read = Objects.requireNonNull(TicketText.parse(text(ticket), KEY));
        assertThat(read.kind()).isEqualTo(Kind.TOKEN);
        assertThat(read.firstUseMillis()).isEqualTo(60_000);
        assertThat(read.endMillis()).isEqualTo(3_600_000);
        assertThat(read.query()).isEqualTo(42);
        assertThat(read.name()).isEqualTo("Ä caller");
        assertThat(read.proof()).isEqualTo("{}".getBytes(StandardCharsets.UTF_8));
    }

    private static String text(TicketText ticket) {
        return Objects.requireNonNull(ticket.signed(KEY));
    }

    @Test
    void refusesEveryChangedBit() {
        byte[] bytes = Base64.getUrlDecoder().decode(text(ticket));
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(TicketText.parse(base64(changed), KEY)).as("bit %d", bit).isNull();
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Test
    void refusesAnotherKeyAndAnotherEncoding() {
        String text = text(ticket);
        assertThat(TicketText.parse(text, OTHER_KEY)).isNull();
        assertThat(TicketText.parse(text + "=", KEY)).isNull();
        assertThat(TicketText.parse(text.substring(1), KEY)).isNull();
        assertThat(TicketText.parse("", KEY)).isNull();
        assertThat(TicketText.parse("a".repeat(40_000), KEY)).isNull();
    }

    @Test
    void neverThrowsOnRandomText() {
        Random random = new Random(82);
        for (int attempt = 0; attempt < 10_000; attempt++) {
            byte[] bytes = new byte[random.nextInt(120)];
            random.nextBytes(bytes);
            assertThat(TicketText.parse(base64(bytes), KEY)).isNull();
            assertThat(TicketText.parse(new String(bytes, StandardCharsets.ISO_8859_1), KEY))
                    .isNull();
        }
    }

    @Test
    void aCursorIsNoTicket() {
        for (int length = 0; length < 200; length++) {
            String cursor = Cursor.encode(QueryFingerprint.of(List.of("a")), new byte[length], CursorSigner.keyed(KEY));
            assertThat(TicketText.parse(cursor, KEY)).isNull();
        }
    }

    @Test
    void isNotLongerThanAUrlAllows() {
        assertThat(new TicketText(Kind.TOKEN, 0, 0, 0, "", new byte[20_000]).signed(KEY))
                .isNotNull()
                .hasSizeLessThan(32 << 10);
        assertThat(new TicketText(Kind.TOKEN, 0, 0, 0, "", new byte[30_000]).signed(KEY))
                .isNull();
    }

    @Test
    void bindsEachParameterButThoseOfAConnection() {
        long query = fingerprint(Map.of("sensor", List.of("a", "b"), "since", List.of("now-1h")));
        assertThat(fingerprint(Map.of(
                        "since", List.of("now-1h"),
                        "sensor", List.of("b", "a"),
                        "mode", List.of("every"),
                        "ticket", List.of("x"),
                        "lastEventId", List.of("y"))))
                .isEqualTo(query);
        assertThat(List.of(
                        fingerprint(Map.of("sensor", List.of("a"), "since", List.of("now-1h"))),
                        fingerprint(Map.of("sensor", List.of("a", "b"))),
                        fingerprint(Map.of("sensor", List.of("a", "b"), "since", List.of("now-2h"))),
                        fingerprint(Map.of(
                                "sensor", List.of("a", "b"), "since", List.of("now-1h"), "mode", List.of("latest"))),
                        fingerprint(
                                Map.of("sensor", List.of("a", "b"), "since", List.of("now-1h"), "site", List.of("s")))))
                .doesNotContain(query)
                .doesNotHaveDuplicates();
    }

    private static long fingerprint(Map<String, List<String>> query) {
        return StreamRequest.fingerprint(query);
    }
}
