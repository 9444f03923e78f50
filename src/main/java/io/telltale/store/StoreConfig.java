package io.telltale.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Settings of the store. */
@ConfigMapping(prefix = "telltale.storage")
public interface StoreConfig {

    /** The keyspace. Created if it does not exist. */
    @WithDefault("telltale")
    String keyspace();

    /**
     * The replication of a new keyspace, in CQL, for example <code>{'class': 'NetworkTopologyStrategy', 'dc1':
     * 3}</code>. Default: NetworkTopologyStrategy with the lesser of 3 and the number of nodes of the local data
     * center. An existing keyspace is compared with it at every start, and changed only by {@link
     * #replaceReplication}.
     */
    Optional<String> replication();

    /**
     * The replication that an existing keyspace has and that the next start replaces with {@link #replication}. Has no
     * effect if the keyspace has another one, so also none at later starts.
     */
    Optional<String> replaceReplication();

    /** The consistency level at which a reading is durable. Default: that of reads, <code>local_quorum</code>. */
    Optional<String> writeConsistency();

    /**
     * The consistency level at which readings of one type are durable,
     * <code>telltale.storage.write-consistency.TYPE</code>.
     */
    @WithName("write-consistency")
    Map<String, String> writeConsistencyByType();

    /**
     * The number of nodes of each other data center that answer requests when the local nodes cannot: 0 to 100.
     * Default: 0, no failover.
     */
    @WithDefault("0")
    int failoverNodes();

    /**
     * Whether replicas of the service in other data centers ingest the same topics. What they write at a
     * <code>local_</code> level may be missing from reads at such a level, so these are never complete. Without effect
     * if the keyspace has replicas in one data center only. Default: true.
     */
    @WithDefault("true")
    boolean sharedTopics();

    /**
     * How long a read of readings waits for a node before it is also sent to another one: 100 ms to 10 s, or 0 for
     * never.
     */
    @WithDefault("500ms")
    Duration speculativeReadDelay();

    /**
     * The TLS configuration of connections to Cassandra, as in <code>quarkus.tls.NAME.trust-store.pem.certs</code>.
     * Default: no TLS.
     */
    Optional<String> tlsConfigurationName();

    /** How many partitions the sensors of one bucket of a type are spread over. Applies to new types. */
    @WithDefault("64")
    int shards();

    /** The length of a bucket: a minute or longer, a whole fraction of a week. Applies to new types. */
    @WithDefault("15m")
    Duration bucket();

    /**
     * Whether readings of new types are written as segments, not as rows. An experiment: merged segments are not packed
     * yet. Applies to new types.
     */
    @WithDefault("false")
    boolean segments();

    /**
     * How long readings are kept, counted from their event time: 1 h to 20 years (7300 days). Default: unlimited.
     * Applies to readings that are written after it is set.
     */
    Optional<Duration> retention();

    /**
     * The retention of one type, <code>telltale.storage.retention.TYPE</code>. Overrides the retention of all types.
     */
    @WithName("retention")
    Map<String, Duration> retentionByType();

    /**
     * The maximum number of deletions, from 1 to 1,000,000. Every replica caches all of them, some 150 bytes each. A
     * deletion replaces older ones that it includes.
     */
    @WithDefault("100000")
    int deletions();

    /** The interval between sweeps, which free the space of deleted readings: 1 s to 1 h. */
    @WithDefault("30s")
    Duration deletionSweep();

    /**
     * How many sensors are cached, so that their readings need no lookup: from 1,000 to 10,000,000, rounded up to a
     * power of two. 32 bytes each, allocated on demand.
     */
    @WithDefault("1000000")
    int rememberedSensors();

    /**
     * How many entries of the bucket index are cached, one per sensor and bucket: from 1,000 to 10,000,000, rounded
     * up to a power of two. 16 bytes each, allocated on demand.
     */
    @WithDefault("1000000")
    int rememberedBuckets();
}
