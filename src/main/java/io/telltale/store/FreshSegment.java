package io.telltale.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Segment;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.TimeRange;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A row of {@code fresh}: readings of some sensors of one shard that arrived together.
 *
 * @param isLate whether all are older than the horizon of the minute in which they arrived
 * @param shard of their sensors
 * @param sensors the ids of the sensors, each after its length in one byte
 * @param segment the readings; the key of a sensor is the index of its id
 * @param batchRows the rows of the batch that it holds
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record FreshSegment(boolean isLate, int shard, byte[] sensors, byte[] segment, int[] batchRows) {

    private static final int MIN_READINGS = 64;

    /** The bits of a fingerprint that choose the shard, by the size of a flush. */
    private static final List<Integer> SHARD_BITS = List.of(0, 2, 4, 6);

    /**
     * How many bits of a fingerprint choose the shard in a flush: so many that a segment has some 64 readings. More
     * shards would read less for one sensor, but each is a row for Cassandra.
     */
    static int shardBits(int readings) {
        int bits = 0;
        for (int more : SHARD_BITS) {
            bits = readings >> more >= MIN_READINGS ? more : bits;
        }
        return bits;
    }

    /**
     * The shard of a sensor, by the upper bits of the upper half of its fingerprint. Shards of different numbers of
     * bits differ. Never change it: it decides where readings are.
     */
    static int shardOf(long fingerprint, int bits) {
        return (1 << bits) - 1 + (int) (fingerprint >>> 1 >>> (63 - bits));
    }

    /** The shards that may hold readings of a sensor. */
    static List<Integer> shardsOf(SensorId sensorId) {
        long fingerprint = new Fingerprint().begin().name(sensorId.value()).high();
        return SHARD_BITS.stream().map(bits -> shardOf(fingerprint, bits)).toList();
    }

    int bytes() {
        return sensors.length + segment.length;
    }

    /** The readings of a sensor within a range; empty if the sensor has none in this segment. */
    static Optional<ReadingCursor> readings(
            ByteBuffer sensors, ByteBuffer segment, SensorId sensorId, TimeRange range) {
        byte[] id = sensorId.value().getBytes(US_ASCII);
        ByteBuffer wanted = ByteBuffer.wrap(id);
        int key = 0;
        int at = sensors.position();
        while (at < sensors.limit()) {
            int length = sensors.get(at) & 0xff;
            if (length == id.length && sensors.slice(at + 1, length).equals(wanted)) {
                byte[] bytes = new byte[segment.remaining()];
                segment.get(segment.position(), bytes);
                return Optional.of(Segment.open(bytes).readings(key, range));
            }
            at += 1 + length;
            key++;
        }
        return Optional.empty();
    }
}
