package io.telltale.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.api.Parameters;
import io.telltale.sensors.SensorId;
import io.telltale.store.StaleSensors.Position;
import io.telltale.store.StaleSensors.StaleSensor;
import java.nio.ByteBuffer;

/**
 * The position of a cursor in the stale sensors: the event time of the newest reading in 8 bytes, then the sensor id.
 */
final class StaleCursor {

    private StaleCursor() {}

    static byte[] of(StaleSensor last) {
        Position position = Position.of(last);
        byte[] id = position.id().value().getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + id.length)
                .putLong(position.newestMillis())
                .put(id)
                .array();
    }

    static Position position(byte[] cursor, Parameters parameters) {
        if (cursor.length <= Long.BYTES) {
            throw parameters.foreignCursor();
        }
        String id = new String(cursor, Long.BYTES, cursor.length - Long.BYTES, UTF_8);
        if (!SensorId.isValid(id)) {
            throw parameters.foreignCursor();
        }
        return new Position(ByteBuffer.wrap(cursor).getLong(), new SensorId(id));
    }
}
