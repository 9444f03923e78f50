package io.telltale.store;

import io.telltale.local.SharedStack;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Settings of the store for tests. */
final class StoreSettings implements StoreConfig {

    private final String keyspace;
    private Optional<String> replication = Optional.empty();
    private Optional<String> replaceReplication = Optional.empty();
    private Optional<String> writeConsistency = Optional.empty();
    private Map<String, String> writeConsistencyByType = Map.of();
    private Optional<Duration> retention = Optional.empty();
    private Map<String, Duration> retentionByType = Map.of();

    private int failoverNodes;
    private boolean sharedTopics = true;
    private boolean segments;
    private Duration speculativeReadDelay = Duration.ZERO;

    private StoreSettings(String keyspace) {
        this.keyspace = keyspace;
    }

    static StoreSettings ofNewKeyspace() {
        return in("store_test_" + SharedStack.get().nextNumber());
    }

    static StoreSettings in(String keyspace) {
        return new StoreSettings(keyspace);
    }

    StoreSettings withReplication(String cql) {
        return with(settings -> settings.replication = Optional.of(cql));
    }

    StoreSettings withReplaceReplication(String cql) {
        return with(settings -> settings.replaceReplication = Optional.of(cql));
    }

    StoreSettings withWriteConsistency(String level, Map<String, String> byType) {
        return with(settings -> {
            settings.writeConsistency = Optional.of(level);
            settings.writeConsistencyByType = Map.copyOf(byType);
        });
    }

    StoreSettings withRetention(Duration kept) {
        return with(settings -> settings.retention = Optional.of(kept));
    }

    StoreSettings withRetention(String type, Duration kept) {
        Map<String, Duration> more = new HashMap<>(retentionByType);
        more.put(type, kept);
        return with(settings -> settings.retentionByType = Map.copyOf(more));
    }

    StoreSettings withFailoverNodes(int nodes) {
        return with(settings -> settings.failoverNodes = nodes);
    }

    StoreSettings withSharedTopics(boolean shared) {
        return with(settings -> settings.sharedTopics = shared);
    }

    StoreSettings withSegments() {
        return with(settings -> settings.segments = true);
    }

    StoreSettings withSpeculativeReadDelay(Duration delay) {
        return with(settings -> settings.speculativeReadDelay = delay);
    }

    private StoreSettings with(Consumer<StoreSettings> change) {
        StoreSettings changed = new StoreSettings(keyspace);
        changed.replication = replication;
        changed.replaceReplication = replaceReplication;
        changed.writeConsistency = writeConsistency;
        changed.writeConsistencyByType = writeConsistencyByType;
        changed.retention = retention;
        changed.retentionByType = retentionByType;
        changed.failoverNodes = failoverNodes;
        changed.sharedTopics = sharedTopics;
        changed.segments = segments;
        changed.speculativeReadDelay = speculativeReadDelay;
        change.accept(changed);
        return changed;
    }

    @Override
    public String keyspace() {
        return keyspace;
    }

    @Override
    public Optional<String> replication() {
        return replication;
    }

    @Override
    public Optional<String> replaceReplication() {
        return replaceReplication;
    }

    @Override
    public Optional<String> writeConsistency() {
        return writeConsistency;
    }

    @Override
    public Map<String, String> writeConsistencyByType() {
        return writeConsistencyByType;
    }

    @Override
    public Optional<Duration> retention() {
        return retention;
    }

    @Override
    public Map<String, Duration> retentionByType() {
        return retentionByType;
    }

    @Override
    public int failoverNodes() {
        return failoverNodes;
    }

    @Override
    public boolean sharedTopics() {
        return sharedTopics;
    }

    @Override
    public Duration speculativeReadDelay() {
        return speculativeReadDelay;
    }

    @Override
    public Optional<String> tlsConfigurationName() {
        return Optional.empty();
    }

    @Override
    public int rememberedSensors() {
        return 1_000;
    }

    @Override
    public int shards() {
        return 64;
    }

    @Override
    public boolean segments() {
        return segments;
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
