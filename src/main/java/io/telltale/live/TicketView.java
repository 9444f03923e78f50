package io.telltale.live;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * An issued ticket.
 *
 * @param ticket the value of parameter {@code ticket}
 * @param expires from when on it opens no stream
 */
@RegisterForReflection // a Response hides its type from the native build
public record TicketView(String ticket, String expires) {

    /** Without the ticket, which is a secret. */
    @Override
    public String toString() {
        return "ticket until " + expires;
    }
}
