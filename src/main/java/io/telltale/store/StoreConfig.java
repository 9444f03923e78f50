package io.telltale.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
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

    /** How many sensors are remembered, so that their readings need no look-up: from 1,000 to 10,000,000. */
    @WithDefault("200000")
    int rememberedSensors();

    /** How many (sensor, bucket) pairs are remembered as listed in the bucket index: from 1,000 to 10,000,000. */
    @WithDefault("500000")
    int rememberedBuckets();
}
