package io.telltale.segment;

import io.telltale.sensors.TimedValue;

/** A reading with all that is stored with it: its sensor, its Kafka record, and when it expires. */
public interface SegmentReading extends TimedValue {

    /** The expiry of a reading that never expires. */
    long NEVER = Long.MAX_VALUE;

    /** How many bits of an origin are the offset; the partition is in those above. */
    int OFFSET_BITS = 48;

    /** The key of the sensor. Segments are ordered by this key as a signed number, then by event time. */
    long sensor();

    /** The record time, in milliseconds since the epoch. */
    long recordTimeMillis();

    /** The Kafka partition (upper 16 bits) and the offset (lower 48 bits) of the record. */
    long originPosition();

    /** The incarnation of the record's topic, 0 to 255. */
    int originEpoch();

    /** When the reading expires, in seconds since the epoch and after its event time; {@link #NEVER} without expiry. */
    long expirySecond();
}
