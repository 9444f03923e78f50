package io.telltale.live;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.wire.EncodedBytes;
import io.telltale.wire.ReadingEncoder;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An encoded server-sent event. Immutable, because subscribers share its bytes. */
final class LiveEvent {

    private static final ReadingEncoder ENCODER = new ReadingEncoder();
    private static final int TYPICAL_EVENT_BYTES = 192;

    private static final byte[] WATCHING = bytes(": watching\n\n");
    private static final byte[] HEARTBEAT = bytes(": \n\n");
    private static final byte[] CAUGHT_UP = bytes("event: caught-up\ndata: {}\n\n");

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

    /** The id line. */
    byte[] id() {
        return id;
    }

    /** The lines after the id, with the empty line at the end. */
    byte[] body() {
        return body;
    }

    int length() {
        return id.length + body.length;
    }

    void appendTo(Buffer buffer) {
        buffer.appendBytes(id).appendBytes(body);
    }

    /** The sensor of the reading; null if the event is not a reading. */
    @Nullable
    SensorId sensorId() {
        return sensorId;
    }

    /** The event time of the reading, in milliseconds since the epoch; 0 if the event is not a reading. */
    long timestampMillis() {
        return timestampMillis;
    }

    /** The reason why readings are missing. */
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

        /** The event without its id line. */
        byte[] body() {
            return bytes("event: gap\ndata: {\"reason\":\"%s\"}\n\n".formatted(reason));
        }
    }

    /** Encodes an id line. */
    static byte[] idLine(String id) {
        return bytes("id: " + id + "\n");
    }

    /** Encodes a reading without its id line, as an unnamed event. */
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

    static LiveEvent goodbye(byte[] id, Goodbye reason) {
        return new LiveEvent(id, reason.body(), null, 0);
    }

    static LiveEvent gap(byte[] id, Gap gap) {
        return new LiveEvent(id, gap.body(), null, 0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
