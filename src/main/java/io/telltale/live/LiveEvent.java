package io.telltale.live;

import java.nio.charset.StandardCharsets;

/** An event as it goes over the wire. Never changed once it is made, as subscribers share its parts. */
final class LiveEvent {

    private static final byte[] WATCHING = bytes(": watching\n\n");
    private static final byte[] HEARTBEAT = bytes(": \n\n");
    private static final byte[] GOODBYE = bytes("event: goodbye\ndata: {}\n\n");

    private final byte[] id;
    private final byte[] rest;

    /**
     * @param id the line with its id
     * @param rest all that follows, with the empty line at its end
     */
    LiveEvent(byte[] id, byte[] rest) {
        this.id = id;
        this.rest = rest;
    }

    byte[] id() {
        return id;
    }

    byte[] rest() {
        return rest;
    }

    /** Why readings are missing. */
    enum Gap {
        SLOW_CLIENT("slow-client"),
        RETENTION("retention"),
        TOPIC_REMADE("topic-remade");

        private final String reason;

        Gap(String reason) {
            this.reason = reason;
        }

        String reason() {
            return reason;
        }

        /** The event behind its id. */
        byte[] rest() {
            return bytes("event: gap\ndata: {\"reason\":\"%s\"}\n\n".formatted(reason));
        }
    }

    /** The line of an id. */
    static byte[] idLine(String id) {
        return bytes("id: " + id + "\n");
    }

    static LiveEvent watching(byte[] id) {
        return new LiveEvent(id, WATCHING);
    }

    static LiveEvent heartbeat(byte[] id) {
        return new LiveEvent(id, HEARTBEAT);
    }

    static LiveEvent goodbye(byte[] id) {
        return new LiveEvent(id, GOODBYE);
    }

    static LiveEvent gap(byte[] id, Gap gap) {
        return new LiveEvent(id, gap.rest());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
