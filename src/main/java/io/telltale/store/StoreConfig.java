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

    /** The keyspace that holds everything. Made if it is not there. */
    @WithDefault("telltale")
    String keyspace();

    /**
     * How the keyspace is replicated if it has to be made, as CQL writes it, for example
     * <code>{'class': 'NetworkTopologyStrategy', 'dc1': 3}</code>. Without it: NetworkTopologyStrategy with the lesser
     * of 3 and the number of nodes of the local data centre. A keyspace that is there already is left as it is.
     */
    Optional<String> replication();

    /** How many replicas must have a reading before it counts as durable. */
    @WithDefault("local_quorum")
    String writeConsistency();

    /** Into how many partitions the sensors of one bucket of a type are spread, for types first seen from now on. */
    @WithDefault("64")
    int shards();

    /** How long a bucket is, for types first seen from now on: a minute or longer, a whole fraction of a week. */
    @WithDefault("15m")
    Duration bucket();

    /**
     * How long readings are kept, counted from their event time: 1 h to 20 years (7300 days); without it for ever. Acts
     * on what is written after it is set.
     */
    Optional<Duration> retention();

    /** The same for one type, <code>telltale.storage.retention.TYPE</code>, which wins. */
    @WithName("retention")
    Map<String, Duration> retentionByType();

    /**
     * How many deletions there may be, from 1 to 1,000,000: every replica holds all of them, some 150 bytes each. One that
     * includes an older one replaces it.
     */
    @WithDefault("100000")
    int deletions();

    /** How often deletions are looked for whose space is still to be freed: 1 s to 1 h. */
    @WithDefault("30s")
    Duration deletionSweep();

    /**
     * How many sensors are remembered, so that their readings need no look-up: from 1,000 to 10,000,000, rounded up to
     * a power of two. 32 bytes each, taken as they are needed.
     */
    @WithDefault("1000000")
    int rememberedSensors();

    /**
     * How many (sensor, bucket) pairs are remembered as listed in the bucket index: from 1,000 to 10,000,000, rounded up
     * to a power of two. 16 bytes each, taken as they are needed.
     */
    @WithDefault("1000000")
    int rememberedBuckets();
}
