package io.telltale.store;

import static com.datastax.oss.driver.api.core.loadbalancing.NodeDistance.IGNORED;
import static com.datastax.oss.driver.api.core.loadbalancing.NodeDistance.LOCAL;
import static com.datastax.oss.driver.api.core.loadbalancing.NodeDistance.REMOTE;
import static com.datastax.oss.driver.api.core.metadata.NodeState.DOWN;
import static com.datastax.oss.driver.api.core.metadata.NodeState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

class DataCenterFailoverTest {

    @Test
    void beginsWhenNoLocalNodeIsUp() {
        assertThat(DataCenterFailover.hasLostAll(List.of(node(LOCAL, UP), node(LOCAL, DOWN), node(REMOTE, UP))))
                .isFalse();
        assertThat(DataCenterFailover.hasLostAll(List.of(node(LOCAL, DOWN), node(REMOTE, UP))))
                .isTrue();
        assertThat(DataCenterFailover.hasLostAll(List.of(node(LOCAL, DOWN), node(REMOTE, DOWN))))
                .as("none at all is up")
                .isFalse();
        assertThat(DataCenterFailover.hasLostAll(List.of(node(LOCAL, DOWN), node(IGNORED, UP))))
                .as("no failover is set")
                .isFalse();
    }

    @Test
    void aResponseFromElsewhereCountsUntilTheEnd() {
        DataCenterFailover failover = new DataCenterFailover();
        failover.observe(node(LOCAL, UP));
        failover.observe((Node) null);
        assertThat(failover.hasAnswered()).isFalse();

        failover.observe(node(REMOTE, UP));
        assertThat(failover.hasAnswered()).isTrue();

        failover.observe(node(LOCAL, UP));
        assertThat(failover.hasAnswered())
                .as("hints may be missing after the return")
                .isTrue();
    }

    private static Node node(NodeDistance distance, NodeState state) {
        return (Node) Proxy.newProxyInstance(
                Node.class.getClassLoader(),
                new Class<?>[] {Node.class},
                (node, method, arguments) -> switch (method.getName()) {
                    case "getDistance" -> distance;
                    case "getState" -> state;
                    case "getDatacenter" -> distance == LOCAL ? "dc1" : "dc2";
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
