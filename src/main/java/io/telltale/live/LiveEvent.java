package io.telltale.live;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An event as it goes over the wire. Never changed once it is made, as subscribers share its parts. */
final class LiveEvent {

    private static final ReadingEncoder ENCODER = new ReadingEncoder();
    private static final int TYPICAL_EVENT_BYTES = 192;

    private static final byte[] WATCHING = bytes(": watching\n\n");
    private static final byte[] HEARTBEAT = bytes(": \n\n");
    private static final byte[] CAUGHT_UP = bytes("event: caught-up\ndata: {}\n\n");
    private static final byte[] GOODBYE = bytes("event: goodbye\ndata: {}\n\n");

    private final byte[] id;
    private final byte[] body;
    private final @Nullable SensorId sensorId;
    private final long timestampMillis;

    private LiveEvent(byte[] id, byte[] body, @Nullable SensorId sensorId, long timestampMillis) {
        this.id = id;
        this.body = body;
        this.sensorId = sensorId;
        this.timestampMillis = timestampMillis;
    }

    /** The line with its id. */
    byte[] id() {
        return id;
    }

    /** All that follows, with the empty line at its end. */
    byte[] body() {
        return body;
    }

    /** Whose reading it is; null if it is none. */
    @Nullable
    SensorId sensorId() {
        return sensorId;
    }

    /** The event time of the reading, in milliseconds since the epoch; 0 if it is none. */
    long timestampMillis() {
        return timestampMillis;
    }

    /** Why readings are missing. */
    enum Gap {
        SLOW_CLIENT("slow-client"),
        RETENTION("retention"),
        TOPIC_RECREATED("topic-remade");

        private final String reason;

        Gap(String reason) {
            this.reason = reason;
        }

        String reason() {
            return reason;
        }

        /** The event behind its id. */
        byte[] body() {
            return bytes("event: gap\ndata: {\"reason\":\"%s\"}\n\n".formatted(reason));
        }
    }

    /** The line of an id. */
    static byte[] idLine(String id) {
        return bytes("id: " + id + "\n");
    }

    /** What a reading is behind its id: an event without a name. */
    static byte[] body(Reading reading) {
        EncodedBytes bytes = new EncodedBytes(TYPICAL_EVENT_BYTES);
        bytes.ascii("data: ");
        ENCODER.event(reading, bytes);
        bytes.ascii("\n\n");
        return bytes.toByteArray();
    }

    static LiveEvent of(byte[] id, Reading reading, byte[] body) {
        return new LiveEvent(id, body, reading.sensorId(), reading.timestampMillis());
    }

    static LiveEvent watching(byte[] id) {
        return new LiveEvent(id, WATCHING, null, 0);
    }

    static LiveEvent heartbeat(byte[] id) {
        return new LiveEvent(id, HEARTBEAT, null, 0);
    }

    static LiveEvent caughtUp(byte[] id) {
        return new LiveEvent(id, CAUGHT_UP, null, 0);
    }

    static LiveEvent goodbye(byte[] id) {
        return new LiveEvent(id, GOODBYE, null, 0);
    }

    static LiveEvent gap(byte[] id, Gap gap) {
        return new LiveEvent(id, gap.body(), null, 0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
