package io.telltale.live;

import java.nio.charset.StandardCharsets;

/** The reason why the service ends a stream. */
enum Goodbye {
    /** This replica shuts down; another one continues the stream. */
    SHUTDOWN("shutdown"),
    /** The credential has ended; a new one continues the stream. */
    CREDENTIAL_EXPIRED("credential-expired"),
    /** The API key was removed, or its entry changed; a credential that is still valid continues the stream. */
    CREDENTIAL_REVOKED("credential-revoked"),
    /** The stream cannot continue here. A client that reconnects receives a problem if the cause persists. */
    INTERRUPTED("interrupted");

    private final String reason;

    Goodbye(String reason) {
        this.reason = reason;
    }

    /** The event without its id line. */
    byte[] body() {
        return "event: goodbye\ndata: {\"reason\":\"%s\"}\n\n".formatted(reason).getBytes(StandardCharsets.UTF_8);
    }
}
