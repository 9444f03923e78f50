package io.telltale.store;

import static com.datastax.oss.driver.api.core.DefaultConsistencyLevel.LOCAL_QUORUM;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurabilityWarningsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "3 | LOCAL_QUORUM | periodic | none",
                "3 | ALL          | periodic | none",
                "3 | ONE          | periodic | write-consistency=one and reads at local_quorum do not overlap",
                "3 | LOCAL_ONE    | group    | write-consistency=local_one and reads at local_quorum do not overlap",
                "2 | ONE          | group    | none",
                "1 | LOCAL_QUORUM | group    | replication factor 1 (dc1)",
                "1 | LOCAL_QUORUM | periodic | commitlog_sync is periodic"
            })
    void theWarningHasTheSetting(int factor, DefaultConsistencyLevel level, String sync, String expected) {
        List<String> warnings =
                warnings(new Replication(Map.of("dc1", factor), "dc1"), Map.of("dc1", 3), level, Map.of(), sync);
        if (expected == null) {
            assertThat(warnings).isEmpty();
        } else {
            assertThat(warnings).anySatisfy(warning -> assertThat(warning).contains(expected));
        }
    }

    @Test
    void warnsOfALevelOfOneType() {
        Replication three = new Replication(Map.of("dc1", 3), "dc1");
        assertThat(warnings(three, Map.of("dc1", 3), LOCAL_QUORUM, Map.of("noise", "one"), "group"))
                .singleElement()
                .asString()
                .contains("telltale.storage.write-consistency.noise=one and reads at local_quorum do not overlap");
    }

    @Test
    void warnsOfSimpleStrategyInSeveralDataCenters() {
        Replication simple = new Replication(Map.of(Replication.ANYWHERE, 3), "dc1");
        assertThat(warnings(simple, Map.of("dc1", 3), LOCAL_QUORUM, Map.of(), "group"))
                .isEmpty();
        assertThat(warnings(simple, Map.of("dc1", 2, "dc2", 1), LOCAL_QUORUM, Map.of(), "group"))
                .singleElement()
                .asString()
                .contains("SimpleStrategy ignores that the cluster has several data centers (dc1, dc2)");
    }

    @Test
    void warnsOfMoreReplicasThanNodes() {
        assertThat(warnings(
                        new Replication(Map.of("dc1", 3, "dc2", 2), "dc1"),
                        Map.of("dc1", 3, "dc2", 1),
                        LOCAL_QUORUM,
                        Map.of(),
                        "group"))
                .singleElement()
                .asString()
                .contains("replication factor 2 (dc2) with 1 nodes");
    }

    /** Nothing tells whether another data center has replicas of the service. */
    @Test
    void warnsOfTopicsThatSeveralDataCentersMayShare() {
        Replication two = new Replication(Map.of("dc1", 3, "dc2", 3), "dc1");
        Map<String, Integer> nodes = Map.of("dc1", 3, "dc2", 3);
        assertThat(warnings(two, nodes, LOCAL_QUORUM, Map.of(), true, "group"))
                .singleElement()
                .asString()
                .contains(
                        "telltale.storage.write-consistency=local_quorum and telltale.storage.shared-topics=true",
                        "stored in dc2");
        assertThat(warnings(
                        two,
                        nodes,
                        DefaultConsistencyLevel.EACH_QUORUM,
                        Map.of("noise", "local_quorum"),
                        true,
                        "group"))
                .singleElement()
                .asString()
                .contains("telltale.storage.write-consistency.noise=local_quorum");
        Replication unequal = new Replication(Map.of("dc1", 3, "dc2", 1), "dc1");
        assertThat(warnings(unequal, nodes, DefaultConsistencyLevel.QUORUM, Map.of(), true, "group"))
                .as("a write is on three of four replicas, a read asks two of three")
                .noneMatch(warning -> warning.contains("shared-topics"));
        Replication one = new Replication(Map.of("dc1", 3), "dc1");
        assertThat(warnings(one, nodes, LOCAL_QUORUM, Map.of(), true, "group")).isEmpty();
    }

    private static List<String> warnings(
            Replication replication,
            Map<String, Integer> nodes,
            DefaultConsistencyLevel level,
            Map<String, String> byType,
            String sync) {
        return warnings(replication, nodes, level, byType, false, sync);
    }

    private static List<String> warnings(
            Replication replication,
            Map<String, Integer> nodes,
            DefaultConsistencyLevel level,
            Map<String, String> byType,
            boolean hasSharedTopics,
            String sync) {
        WriteLevels levels =
                new WriteLevels(StoreSettings.in("telltale").withWriteConsistency(WriteLevels.name(level), byType));
        return DurabilityWarnings.of("telltale", replication, new TreeMap<>(nodes), levels, hasSharedTopics, sync);
    }
}
