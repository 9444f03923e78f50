package io.telltale.store;

/**
 * A fresh segment with its key.
 *
 * @param sensors the ids of its sensors, each after its length in one byte
 * @param segment the readings; the key of a sensor is the index of its id
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record FreshRow(FreshKey key, byte[] sensors, byte[] segment) {

    public int bytes() {
        return sensors.length + segment.length;
    }
}
