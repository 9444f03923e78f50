package io.telltale.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.QueryFingerprint;
import io.telltale.fuzz.Refusal;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fuzz target: ids of events. They are not signed by a key, so any position may arrive. */
public final class EventIdFuzz {

    private static final QueryFingerprint FILTER = QueryFingerprint.of(List.of("stream", "type", "boiler"));

    private EventIdFuzz() {}

    /** Parses the input as an id, and as the position of one. */
    public static void fuzzerTestOneInput(byte[] input) {
        check(parse(new String(input, UTF_8)));
        byte[] position = Arrays.copyOf(input, Math.min(input.length, Cursor.MAX_POSITION_BYTES));
        check(parse(Cursor.encode(FILTER, position, CursorSigner.CHECKSUM)));
    }

    private static @Nullable EventId parse(String text) {
        return Refusal.resultOf(() -> EventIdText.parse("parameter lastEventId", text, FILTER));
    }

    /** What is accepted has a text that stands for the same position. */
    private static void check(@Nullable EventId id) {
        String text = id == null ? null : EventIdText.of(id, FILTER);
        if (text == null) {
            return;
        }
        if (text.length() > EventIdText.MAX_CHARACTERS) {
            throw new AssertionError("an id has %d characters".formatted(text.length()));
        }
        EventId again = EventIdText.parse("parameter lastEventId", text, FILTER);
        if (!text.equals(EventIdText.of(again, FILTER))) {
            throw new AssertionError("%s is read back as %s".formatted(id, again));
        }
    }
}
