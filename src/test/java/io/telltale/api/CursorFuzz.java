package io.telltale.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.fuzz.Refusal;
import java.util.Arrays;
import java.util.List;

/**
 * Fuzz target: cursors. A signed position is decoded unchanged; any other text that is accepted is a signed position.
 */
public final class CursorFuzz {

    private static final QueryFingerprint QUERY = QueryFingerprint.of(List.of("sensors", "type", "boiler"));
    private static final CursorSigner KEYED = CursorSigner.keyed("a key of the fuzz target".getBytes(US_ASCII));

    private CursorFuzz() {}

    /** Decodes the input as text, and as a position that is encoded first. */
    public static void fuzzerTestOneInput(byte[] input) {
        for (CursorSigner signer : List.of(CursorSigner.CHECKSUM, KEYED)) {
            String text = new String(input, UTF_8);
            byte[] position = Refusal.resultOf(() -> Cursor.decode("parameter cursor", text, QUERY, signer));
            if (position != null && !Cursor.encode(QUERY, position, signer).equals(text)) {
                throw new AssertionError("a cursor is accepted that no response contains");
            }
            byte[] own = Arrays.copyOf(input, Math.min(input.length, Cursor.MAX_POSITION_BYTES));
            byte[] decoded = Cursor.decode("parameter cursor", Cursor.encode(QUERY, own, signer), QUERY, signer);
            if (!Arrays.equals(decoded, own)) {
                throw new AssertionError("a position is changed by its cursor");
            }
        }
    }
}
