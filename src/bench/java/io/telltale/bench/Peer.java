package io.telltale.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The contestants of the benchmarks. */
public enum Peer {
    TELLTALE(StoredAs.SHARED_PARTITIONS, "the packaged service"),
    TRACED(
            StoredAs.SHARED_PARTITIONS,
            "the packaged service, built with -Dtracing, with tracing enabled and a collector that accepts all spans"),
    BEFORE(StoredAs.SHARED_PARTITIONS, "another version of the service, whose jar -Dbefore names"),
    /** Beside {@link #TELLTALE} on the same servers, in {@code -Dbench=secured} only. */
    SECURED(
            StoredAs.SHARED_PARTITIONS,
            "the packaged service with security on: HTTPS and bearer tokens, TLS and SCRAM to Kafka, TLS and a password to Cassandra"),
    /** Beside {@link #TELLTALE}, with a type that is sealed. */
    TELLTALE_SEALED(
            StoredAs.SEALED,
            "the packaged service, which seals every value with a data key of its sensor before it is stored"),
    SEGMENTS(StoredAs.FRESH_SEGMENTS, "the packaged service with telltale.storage.segments, an experiment"),
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
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it makes its tables itself, and its layout. */
    boolean isTelltale() {
        return switch (this) {
            case TELLTALE, TRACED, BEFORE, SECURED, TELLTALE_SEALED, SEGMENTS -> true;
            case RAW, CONNECT, OBVIOUS, PYTHON -> false;
        };
    }

    /** The default peers: of the service, the current build as it is by default. */
    static List<Peer> usual() {
        return named().filter(peer -> peer == TELLTALE || !peer.isTelltale()).toList();
    }

    /** Those that {@code -Dpeers} can name. */
    private static Stream<Peer> named() {
        return Arrays.stream(values()).filter(peer -> peer != SECURED);
    }

    static Peer of(String label) {
        return named().filter(peer -> peer.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(label));
    }

    static String labels() {
        return named().map(Peer::label).collect(Collectors.joining(", "));
    }
}
