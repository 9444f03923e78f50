package io.telltale.local;

import java.util.List;

/** How much memory and compilation the servers get. */
public enum MemoryProfile {

    /** For tests and first runs: quick to start, about 900 MB for Kafka and Cassandra together. */
    SMALL(
            "-Xms64m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            "-Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"),

    /** For each of several nodes of a ring. */
    RING(
            "-Xms64m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            "-Xms128m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"),

    /** For load: what is measured is not the interpreter. */
    LOAD(
            "-Xms128m -Xmx1g -XX:+UseG1GC",
            // A small -Xms: Cassandra locks its memory.
            "-Xms256m -Xmx1g -XX:+UseG1GC");

    private final String kafkaOptions;
    private final String cassandraOptions;

    MemoryProfile(String kafkaOptions, String cassandraOptions) {
        this.kafkaOptions = kafkaOptions;
        this.cassandraOptions = cassandraOptions;
    }

    List<String> kafkaOptions() {
        return List.of(kafkaOptions.split(" ", -1));
    }

    List<String> cassandraOptions() {
        return List.of(cassandraOptions.split(" ", -1));
    }
}
