package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.telltale.local.ClusterPlan.DataCenter;
import io.telltale.local.ClusterPlan.PlannedNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterPlanTest {

    @Test
    void givesEqualSharesOfTheTokens() {
        assertThat(ClusterPlan.ring(3).nodes())
                .extracting(PlannedNode::token)
                .containsExactly(Long.MIN_VALUE, -3_074_457_345_618_258_603L, 3_074_457_345_618_258_602L);
    }

    @Test
    void sharesNoTokenBetweenDataCenters() {
        assertThat(ClusterPlan.dataCenters(3, 3, 1, 2).nodes())
                .extracting(PlannedNode::token)
                .doesNotHaveDuplicates();
    }

    @Test
    void numbersNodesOverAllDataCenters() {
        assertThat(ClusterPlan.dataCenters(2, 1).nodes())
                .extracting(node -> "%d %s %s".formatted(node.number(), node.dataCenter(), node.rack()))
                .containsExactly("1 dc1 rack1", "2 dc1 rack2", "3 dc2 rack1");
    }

    @Test
    void replicatesToAllNodes() {
        assertThat(ClusterPlan.dataCenters(2, 1).replicationToAll())
                .isEqualTo("{'class': 'NetworkTopologyStrategy', 'dc1': 2, 'dc2': 1}");
    }

    @Test
    void isolatesOnlyWhenAsked() {
        assertThat(ClusterPlan.ring(3).isIsolated()).isFalse();
        assertThat(ClusterPlan.ring(3).isolated().isIsolated()).isTrue();
    }

    @Test
    void rejectsPlansThatCannotBe() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterPlan.dataCenters(new int[0]))
                .withMessage("the cluster has 0 nodes; expected 1 to 12");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterPlan.dataCenters(7, 7))
                .withMessage("the cluster has 14 nodes; expected 1 to 12");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterPlan.dataCenters(3, 0))
                .withMessage("data center dc2 has 0 nodes; expected at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DataCenter("dc1", 2, 3))
                .withMessage("data center dc1 has 3 racks; expected 1 to 2, the number of nodes");
        assertThatIllegalArgumentException().isThrownBy(() -> new DataCenter("DC 1", 1, 1));
        DataCenter twice = new DataCenter("dc1", 1, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new ClusterPlan(List.of(twice, twice), CommitLogSync.GROUP, MemoryProfile.RING, false))
                .withMessage("two data centers are named dc1; expected different names");
    }
}
