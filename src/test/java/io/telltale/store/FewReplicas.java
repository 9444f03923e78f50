package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.SharedStack;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Sets the replication factor of the service's keyspace to three until it is closed. With a single node, Cassandra then
 * rejects each quorum request immediately with {@code Unavailable}.
 */
public final class FewReplicas implements AutoCloseable {

    private final CqlSession cassandra = SharedStack.get().cassandra().connect();

    public FewReplicas() {
        replicate(3);
    }

    /** The reason in the message for a request at {@code local_quorum}. */
    public String reason() {
        return "level local_quorum requires 2 replicas, alive: 1";
    }

    @Override
    public void close() {
        try (cassandra) {
            replicate(1);
        }
    }

    private void replicate(int factor) {
        cassandra.execute("ALTER KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', '%s': %d}"
                .formatted(
                        ConfigProvider.getConfig().getValue("telltale.storage.keyspace", String.class),
                        SharedStack.get().cassandra().datacenter(),
                        factor));
    }
}
