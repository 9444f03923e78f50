package io.telltale.security;

import io.telltale.sensors.Scope;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Fuzz target: tickets of streams. An accepted ticket is signed, and means the same when it is signed again. */
public final class TicketFuzz {

    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private TicketFuzz() {}

    /** Parses the input as text, and as content with a valid signature; then the scope in it. */
    public static void fuzzerTestOneInput(byte[] input) {
        parse(new String(input, StandardCharsets.UTF_8));
        byte[] signature = TicketText.signature(KEY, input, input.length);
        byte[] signed = Arrays.copyOf(input, input.length + signature.length);
        System.arraycopy(signature, 0, signed, input.length, signature.length);
        parse(Base64.getUrlEncoder().withoutPadding().encodeToString(signed));
    }

    private static void parse(String text) {
        TicketText ticket = TicketText.parse(text, KEY);
        if (ticket == null) {
            return;
        }
        Scope scope = scope(ticket);
        if (scope != null && !ScopeJson.parse(ScopeJson.write(scope)).equals(scope)) {
            throw new AssertionError("a scope is changed by its JSON: " + scope);
        }
        String again = ticket.signed(KEY);
        if (again != null && !isSame(ticket, TicketText.parse(again, KEY))) {
            throw new AssertionError("a ticket is changed by its text");
        }
    }

    private static @Nullable Scope scope(TicketText ticket) {
        try {
            return ScopeJson.parse(new String(ticket.proof(), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException refused) {
            return null;
        }
    }

    private static boolean isSame(TicketText one, @Nullable TicketText other) {
        return other != null
                && one.kind() == other.kind()
                && one.firstUseMillis() == other.firstUseMillis()
                && one.endMillis() == other.endMillis()
                && one.query() == other.query()
                && one.name().equals(other.name())
                && Arrays.equals(one.proof(), other.proof());
    }
}
