package io.telltale.api;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Issues tickets, which open a stream without a header. {@code security} implements this interface. */
public interface StreamTickets {

    /** The parameter of a stream that has a ticket. */
    String PARAMETER = "ticket";

    /** The longest ticket, in characters: half of the longest URL. */
    int MAX_CHARACTERS = 32 << 10;

    /** Whether a text may be a ticket. */
    static boolean isForm(String text) {
        return text.length() >= 40
                && text.length() <= MAX_CHARACTERS
                && text.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '-'
                                || c == '_');
    }

    /**
     * A ticket.
     *
     * @param text the value of parameter {@code ticket}; a secret
     * @param endMillis from when on it opens no stream, in milliseconds since the epoch
     */
    record Ticket(String text, long endMillis) {

        /** Without the text. */
        @Override
        public String toString() {
            return "ticket until " + endMillis;
        }
    }

    /**
     * Issues tickets to the caller of the request that calls a resource method on this thread. Call it there; the
     * result may be used later, and makes a ticket for the parameters of a stream.
     */
    Function<Map<String, List<String>>, Ticket> ofCurrentCaller();
}
