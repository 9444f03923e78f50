package io.telltale.store;

import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverOption;
import com.datastax.oss.driver.internal.core.config.typesafe.DefaultDriverConfigLoader;
import io.telltale.settings.Bounds;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Settings of the store that the Cassandra driver applies: failover to other data centers, speculative reads, TLS. The
 * Quarkus extension has no keys for them. The driver reads system properties before {@code application.conf}, each time
 * it opens a session and every five minutes after that. So they stay set.
 */
final class DriverSettings {

    static final String TLS_KEY = "telltale.storage.tls-configuration-name";

    private static final String FAILOVER_KEY = "telltale.storage.failover-nodes";
    private static final String SPECULATION_KEY = "telltale.storage.speculative-read-delay";
    private static final int MAX_FAILOVER_NODES = 100;

    /** The tick of the driver's timer: shorter delays would not be kept. */
    private static final Duration MIN_DELAY = Duration.ofMillis(100);

    private static final Duration MAX_DELAY = Duration.ofSeconds(10);

    /** The first execution and one speculative one: at most twice the reads. */
    private static final int MAX_EXECUTIONS = 2;

    private final int failoverNodes;
    private final Duration speculativeReadDelay;
    private final Optional<String> tlsConfigurationName;

    /** @throws IllegalArgumentException for a setting outside its bounds */
    DriverSettings(StoreConfig config) {
        this.failoverNodes = Bounds.within(FAILOVER_KEY, config.failoverNodes(), 0, MAX_FAILOVER_NODES);
        this.speculativeReadDelay = config.speculativeReadDelay();
        this.tlsConfigurationName = config.tlsConfigurationName();
        Bounds.require(
                speculativeReadDelay.isZero()
                        || (speculativeReadDelay.compareTo(MIN_DELAY) >= 0
                                && speculativeReadDelay.compareTo(MAX_DELAY) <= 0),
                SPECULATION_KEY,
                speculativeReadDelay,
                "0 for none, or a duration from %s to %s".formatted(MIN_DELAY, MAX_DELAY));
    }

    /** Sets the system properties, which apply to sessions opened from now on. */
    void apply() {
        properties().forEach(System::setProperty);
    }

    /**
     * The system properties. Those with a default are always present, so that none of an earlier start in this process
     * remains.
     */
    Map<String, String> properties() {
        Map<String, String> properties = new TreeMap<>();
        put(
                properties,
                DefaultDriverOption.LOAD_BALANCING_DC_FAILOVER_MAX_NODES_PER_REMOTE_DC,
                Integer.toString(failoverNodes));
        // Otherwise a request at local_quorum, the default, would fail instead.
        put(
                properties,
                DefaultDriverOption.LOAD_BALANCING_DC_FAILOVER_ALLOW_FOR_LOCAL_CONSISTENCY_LEVELS,
                Boolean.toString(failoverNodes > 0));
        // Only profile read: every statement counts as idempotent, but a second write would double the load of ingest.
        boolean isSpeculative = !speculativeReadDelay.isZero();
        putForReads(
                properties,
                DefaultDriverOption.SPECULATIVE_EXECUTION_POLICY_CLASS,
                isSpeculative ? "ConstantSpeculativeExecutionPolicy" : "NoSpeculativeExecutionPolicy");
        putForReads(properties, DefaultDriverOption.SPECULATIVE_EXECUTION_MAX, Integer.toString(MAX_EXECUTIONS));
        putForReads(
                properties,
                DefaultDriverOption.SPECULATIVE_EXECUTION_DELAY,
                speculativeReadDelay.toMillis() + " milliseconds");
        tlsConfigurationName.ifPresent(name -> {
            put(properties, DefaultDriverOption.SSL_ENGINE_FACTORY_CLASS, CassandraSslEngineFactory.class.getName());
            put(properties, CassandraSslEngineFactory.NAME, name);
        });
        return properties;
    }

    private static void put(Map<String, String> properties, DriverOption option, String value) {
        properties.put(DefaultDriverConfigLoader.DEFAULT_ROOT_PATH + "." + option.getPath(), value);
    }

    private static void putForReads(Map<String, String> properties, DefaultDriverOption option, String value) {
        properties.put(DefaultDriverConfigLoader.DEFAULT_ROOT_PATH + ".profiles.read." + option.getPath(), value);
    }
}
