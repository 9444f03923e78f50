package io.telltale.bench;

/** Somebody who reads a range of a sensor from its beginning to its end. */
interface RangeReader {

    /** As the results name it. */
    String name();

    /** Of the process that pays for it, beside Cassandra. */
    long pid();

    /** Reads it, and returns how many readings there were. */
    long read(StoredSensor sensor, long fromMillis, long toMillis);
}
