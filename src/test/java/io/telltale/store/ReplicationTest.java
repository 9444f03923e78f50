package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicationTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                // here | there | written    | read         | overlap
                "1 | none | LOCAL_QUORUM | LOCAL_ONE    | true",
                "1 | none | ONE          | ONE          | true",
                "2 | none | LOCAL_QUORUM | LOCAL_ONE    | true",
                "2 | none | ONE          | ONE          | false",
                "3 | none | LOCAL_QUORUM | LOCAL_QUORUM | true",
                "3 | none | LOCAL_QUORUM | QUORUM       | true",
                "3 | none | LOCAL_QUORUM | TWO          | true",
                "3 | none | LOCAL_QUORUM | LOCAL_ONE    | false",
                "3 | none | LOCAL_QUORUM | ONE          | false",
                "3 | none | ALL          | ONE          | true",
                "3 | none | ONE          | ALL          | true",
                "3 | none | TWO          | LOCAL_ONE    | false",
                "3 | 3    | LOCAL_QUORUM | LOCAL_QUORUM | true",
                "3 | 3    | LOCAL_QUORUM | QUORUM       | false",
                "3 | 3    | QUORUM       | QUORUM       | true",
                "3 | 3    | QUORUM       | LOCAL_QUORUM | false",
                "3 | 3    | EACH_QUORUM  | LOCAL_QUORUM | true",
                "3 | 3    | EACH_QUORUM  | QUORUM       | true",
                "3 | 3    | EACH_QUORUM  | TWO          | false",
                "3 | 3    | LOCAL_QUORUM | ALL          | true",
            })
    void overlapsWhenEveryReadSharesAReplicaWithAWrite(
            int here, Integer there, DefaultConsistencyLevel written, DefaultConsistencyLevel read, boolean expected) {
        Map<String, Integer> factors = new HashMap<>(Map.of("here", here));
        if (there != null) {
            factors.put("there", there);
        }
        assertThat(new Replication(factors, "here").overlap(written, read)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                // here | there | written    | read         | overlap
                "3 | none | LOCAL_QUORUM | LOCAL_QUORUM | true",
                "3 | 3    | LOCAL_QUORUM | LOCAL_QUORUM | false",
                "3 | 3    | ALL          | LOCAL_ONE    | true",
                "3 | 3    | EACH_QUORUM  | LOCAL_QUORUM | true",
                "3 | 3    | EACH_QUORUM  | LOCAL_ONE    | false",
                "3 | 3    | QUORUM       | QUORUM       | true",
                "3 | 3    | LOCAL_QUORUM | ALL          | true",
                "3 | 1    | LOCAL_QUORUM | QUORUM       | false",
                "1 | 3    | LOCAL_QUORUM | QUORUM       | false",
            })
    void localLevelsOfAnotherDataCenterOverlapWithNoneHere(
            int here, Integer there, DefaultConsistencyLevel written, DefaultConsistencyLevel read, boolean expected) {
        Map<String, Integer> factors = new HashMap<>(Map.of("here", here));
        if (there != null) {
            factors.put("there", there);
        }
        assertThat(new Replication(factors, "here").overlapAnywhere(written, read))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                // here | there | level        | can be met
                "1 | none | ONE          | true",
                "1 | none | TWO          | false",
                "1 | none | THREE        | false",
                "1 | none | ALL          | true",
                "1 | none | EACH_QUORUM  | true",
                "2 | none | TWO          | true",
                "2 | none | THREE        | false",
                "3 | none | THREE        | true",
                "1 | 1    | TWO          | true",
                "2 | 1    | THREE        | true",
                "none | 3 | LOCAL_QUORUM | false",
                "none | 3 | LOCAL_ONE    | false",
                "none | 3 | QUORUM       | true",
                "none | none | THREE     | true",
            })
    void canMeetALevelThatNeedsNoMoreReplicasThanExist(
            Integer here, Integer there, DefaultConsistencyLevel level, boolean expected) {
        Map<String, Integer> factors = new HashMap<>();
        if (here != null) {
            factors.put("here", here);
        }
        if (there != null) {
            factors.put("there", there);
        }
        assertThat(new Replication(factors, "here").canMeet(level)).isEqualTo(expected);
        assertThat(new Replication(Map.of(Replication.ANYWHERE, 1), "here").canMeet(DefaultConsistencyLevel.LOCAL_ONE))
                .isTrue();
    }

    @Test
    void putsFactorsIntoWords() {
        assertThat(new Replication(Map.of(Replication.ANYWHERE, 3), "a").inWords())
                .isEqualTo("replication factor 3");
        assertThat(new Replication(Map.of("b", 2, "a", 3), "a").inWords())
                .isEqualTo("replication factor 3 in a, 2 in b");
    }

    @Test
    void readsTheFactorsOfCassandrasOptions() {
        assertThat(Replication.of(
                        Map.of("class", "org.apache.cassandra.locator.SimpleStrategy", "replication_factor", "3"),
                        "dc1"))
                .isEqualTo(new Replication(Map.of("replication_factor", 3), "dc1"));
        assertThat(Replication.of(
                        Map.of("class", "NetworkTopologyStrategy", "dc1", "3", "dc2", "2", "dc3", "0"), "dc1"))
                .isEqualTo(new Replication(Map.of("dc1", 3, "dc2", 2), "dc1"));
        assertThat(Replication.of(Map.of("class", "NetworkTopologyStrategy", "dc1", "0"), "dc1")
                        .canMeet(DefaultConsistencyLevel.ONE))
                .isFalse();
    }
}
