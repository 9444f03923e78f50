package io.telltale.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The contestants of the benchmarks. */
public enum Peer {
    TELLTALE(StoredAs.SHARED_PARTITIONS, "the packaged service"),
    TRACED(
            StoredAs.SHARED_PARTITIONS,
            "the packaged service, built with -Dtracing, with tracing enabled and a collector that accepts all spans"),
    RAW(
            StoredAs.SHARED_PARTITIONS,
            "raw loop: Kafka's consumer, Jackson and the driver without a framework, same tables and batching"),
    CONNECT(
            StoredAs.SENSOR_PARTITIONS,
            "Connect-style sink: at most 32 rows a batch, 500 in flight, one partition per sensor"),
    OBVIOUS(
            StoredAs.SENSOR_PARTITIONS,
            "the obvious service: one record, one insert, @Incoming returning a Uni, Quarkus defaults, one partition per sensor"),
    PYTHON(
            StoredAs.SENSOR_PARTITIONS,
            "Python: confluent-kafka and cassandra-driver as Debian packages them, 100 inserts at a time, one partition per sensor");

    private final StoredAs storedAs;
    private final String description;

    Peer(StoredAs storedAs, String description) {
        this.storedAs = storedAs;
        this.description = description;
    }

    StoredAs storedAs() {
        return storedAs;
    }

    String description() {
        return description;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it makes its tables itself, and its layout. */
    boolean isTelltale() {
        return this == TELLTALE || this == TRACED;
    }

    /** Those who are measured if nobody is named; a build with tracing is not the usual one. */
    static List<Peer> usual() {
        return Arrays.stream(values()).filter(peer -> peer != TRACED).toList();
    }

    static Peer of(String label) {
        return Arrays.stream(values())
                .filter(peer -> peer.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(label));
    }

    static String labels() {
        return Arrays.stream(values()).map(Peer::label).collect(Collectors.joining(", "));
    }
}
