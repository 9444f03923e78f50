package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
import com.google.crypto.tink.Aead;
import io.telltale.sealing.DataKey;
import io.telltale.sealing.Envelope;
import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Opens the readings of {@link Peer#TELLTALE_SEALED}. A reading in the clear fails the run. */
final class SealedCells {

    private static final int EPOCH_AT = Long.BYTES;
    private static final int KIND_AT = EPOCH_AT + 1;
    private static final int CONTENT_AT = KIND_AT + 1;
    private static final byte SEALED = 16;

    /** The data key of each sensor as bytes, since a {@link DataKey} is large, and there may be 100,000. */
    private final Map<String, byte[]> keys = new HashMap<>();

    /** Reads all data keys of a keyspace. */
    SealedCells(CqlSession session, String keyspace) {
        Aead keyset = BenchKeyset.aead();
        for (Row row : session.execute("SELECT sensor_id, key_id, wrapped FROM %s.sensor_keys".formatted(keyspace))) {
            String sensorId = String.valueOf(row.getString(0));
            byte[] wrapped = Bytes.getArray(Objects.requireNonNull(row.getByteBuffer(2)));
            try {
                keys.put(
                        keyOf(sensorId, row.getInt(1)),
                        keyset.decrypt(wrapped, sensorId.getBytes(StandardCharsets.US_ASCII)));
            } catch (GeneralSecurityException e) {
                throw new BenchException("the data key of sensor %s cannot be unwrapped".formatted(sensorId), e);
            }
        }
    }

    private static String keyOf(String sensorId, int keyId) {
        return sensorId + "/" + keyId;
    }

    /** The number in a sealed cell. */
    double value(String sensorId, long timestampMillis, ByteBuffer cell) {
        int at = cell.position();
        if (cell.get(at + KIND_AT) != SEALED) {
            throw new BenchException("sensor %s has a reading that is not sealed".formatted(sensorId));
        }
        ByteBuffer envelope = cell.slice(at + CONTENT_AT, cell.remaining() - CONTENT_AT);
        int keyId = Envelope.keyId(envelope);
        DataKey key = new DataKey(keyId, Objects.requireNonNull(keys.get(keyOf(sensorId, keyId))));
        byte[] opened = Envelope.open(
                key,
                envelope,
                Envelope.associatedData(
                        new SensorId(sensorId), timestampMillis, cell.getLong(at), cell.get(at + EPOCH_AT)));
        if (opened == null) {
            throw new BenchException("a reading of sensor %s cannot be opened".formatted(sensorId));
        }
        // Behind the kind.
        return ByteBuffer.wrap(opened).getDouble(1);
    }
}
