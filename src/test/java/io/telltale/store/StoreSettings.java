package io.telltale.store;

import io.telltale.local.SharedStack;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Settings of the store for tests. */
record StoreSettings(
        String keyspace,
        Optional<String> replication,
        Optional<String> replaceReplication,
        Optional<String> writeConsistency,
        Map<String, String> writeConsistencyByType,
        Optional<Duration> retention,
        Map<String, Duration> retentionByType,
        int rememberedSensors)
        implements StoreConfig {

    static StoreSettings ofNewKeyspace() {
        return in("store_test_" + SharedStack.get().nextNumber());
    }

    static StoreSettings in(String keyspace) {
        return new StoreSettings(
                keyspace,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Map.of(),
                1_000);
    }

    StoreSettings withReplication(String cql) {
        return new StoreSettings(
                keyspace,
                Optional.of(cql),
                replaceReplication,
                writeConsistency,
                writeConsistencyByType,
                retention,
                retentionByType,
                rememberedSensors);
    }

    StoreSettings withReplaceReplication(String cql) {
        return new StoreSettings(
                keyspace,
                replication,
                Optional.of(cql),
                writeConsistency,
                writeConsistencyByType,
                retention,
                retentionByType,
                rememberedSensors);
    }

    StoreSettings withWriteConsistency(String level, Map<String, String> byType) {
        return new StoreSettings(
                keyspace,
                replication,
                replaceReplication,
                Optional.of(level),
                byType,
                retention,
                retentionByType,
                rememberedSensors);
    }

    StoreSettings withRetention(Duration kept) {
        return new StoreSettings(
                keyspace,
                replication,
                replaceReplication,
                writeConsistency,
                writeConsistencyByType,
                Optional.of(kept),
                retentionByType,
                rememberedSensors);
    }

    StoreSettings withRetention(String type, Duration kept) {
        Map<String, Duration> more = new HashMap<>(retentionByType);
        more.put(type, kept);
        return new StoreSettings(
                keyspace,
                replication,
                replaceReplication,
                writeConsistency,
                writeConsistencyByType,
                retention,
                Map.copyOf(more),
                rememberedSensors);
    }

    @Override
    public int shards() {
        return 64;
    }

    @Override
    public Duration bucket() {
        return Duration.ofMinutes(15);
    }

    @Override
    public int deletions() {
        return 1_000;
    }

    @Override
    public Duration deletionSweep() {
        return Duration.ofSeconds(30);
    }

    @Override
    public int rememberedBuckets() {
        return 1_000;
    }
}
