package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicationSettingTest {

    private static final String KEY = "telltale.storage.replication";

    @Test
    void readsTheMapFormOfCql() {
        assertThat(parse("{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': '2'}"))
                .isEqualTo(new ReplicationSetting("NetworkTopologyStrategy", Map.of("dc1", 3, "dc2", 2)));
        assertThat(parse(" {'class':'org.apache.cassandra.locator.SimpleStrategy','replication_factor':1} "))
                .isEqualTo(new ReplicationSetting("SimpleStrategy", Map.of("replication_factor", 1)));
    }

    @Test
    void writesTheMapFormOfCql() {
        String cql = "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2}";
        assertThat(parse(cql).cql()).isEqualTo(cql);
    }

    @Test
    void oneFactorStandsForAllDataCenters() {
        ReplicationSetting everywhere = parse("{'class': 'NetworkTopologyStrategy', 'replication_factor': 2}");
        assertThat(everywhere.in(List.of("dc1", "dc2")))
                .isEqualTo(new ReplicationSetting("NetworkTopologyStrategy", Map.of("dc1", 2, "dc2", 2)));
        ReplicationSetting simple = parse("{'class': 'SimpleStrategy', 'replication_factor': 2}");
        assertThat(simple.in(List.of("dc1", "dc2"))).isEqualTo(simple);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "3",
                "dc1: 3",
                "{'dc1': 3}",
                "{'class': 'LocalStrategy'}",
                "{'class': 'SimpleStrategy'}",
                "{'class': 'SimpleStrategy', 'dc1': 3}",
                "{'class': 'SimpleStrategy', 'replication_factor': 3, 'dc1': 3}",
                "{'class': 'NetworkTopologyStrategy'}",
                "{'class': 'NetworkTopologyStrategy', 'dc1': 0}",
                "{'class': 'NetworkTopologyStrategy', 'dc1': '3/1'}",
                "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc1': 2}",
                "{'class': 'NetworkTopologyStrategy', 'dc1': 3",
                "{'class': 'NetworkTopologyStrategy', 'dc1': 3}; DROP KEYSPACE telltale",
            })
    void rejectsAnythingElse(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(KEY + " is " + text)
                .hasMessageContaining("expected ");
    }

    private static ReplicationSetting parse(String text) {
        return ReplicationSetting.parse(KEY, text);
    }
}
