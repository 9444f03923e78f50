package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LocalDataCenterTest {

    private static final Set<String> TWO = new TreeSet<>(Set.of("dc1", "dc2"));

    @Test
    void acceptsADataCenterOfTheClusterAndTheOnlyOne() {
        LocalDataCenter.check("dc2", TWO);
        LocalDataCenter.check(null, Set.of("dc1"));
        LocalDataCenter.check("dc1", Set.of("dc1"));
        LocalDataCenter.check("dc1", Set.of());
    }

    @Test
    void requiresAChoiceOfSeveral() {
        assertThatThrownBy(() -> LocalDataCenter.check(null, TWO))
                .isInstanceOf(ClusterLimits.ExceededException.class)
                .hasMessage("quarkus.cassandra.local-datacenter is not set, and the cluster has several data centers;"
                        + " expected one of dc1, dc2");
    }

    @Test
    void namesTheDataCentersInsteadOfAnUnknownOne() {
        assertThatThrownBy(() -> LocalDataCenter.check("dc3", TWO))
                .hasMessage("quarkus.cassandra.local-datacenter is dc3; expected one of dc1, dc2");
        assertThatThrownBy(() -> LocalDataCenter.check("dc1", Set.of("eu")))
                .hasMessage(
                        "quarkus.cassandra.local-datacenter is dc1; expected eu, the only data center of the cluster");
    }
}
