package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.telltale.sensors.SensorType;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WriteLevelsTest {

    private static final StoreSettings SETTINGS = StoreSettings.in("telltale");

    @Test
    void aTypeMayHaveALevelOfItsOwn() {
        WriteLevels levels = new WriteLevels(SETTINGS.withWriteConsistency("local_quorum", Map.of("noise", "one")));
        assertThat(levels.general()).isEqualTo(DefaultConsistencyLevel.LOCAL_QUORUM);
        assertThat(levels.of(new SensorType("noise"))).isEqualTo(DefaultConsistencyLevel.ONE);
        assertThat(levels.of(new SensorType("heat"))).isEqualTo(DefaultConsistencyLevel.LOCAL_QUORUM);
    }

    @Test
    void rejectsWhatIsNoDurableLevel() {
        assertThatThrownBy(() -> new WriteLevels(SETTINGS.withWriteConsistency("any", Map.of())))
                .hasMessageStartingWith("telltale.storage.write-consistency is any; expected one of one, two, three,");
        assertThatThrownBy(() -> new WriteLevels(SETTINGS.withWriteConsistency("one", Map.of("noise", "serial"))))
                .hasMessageStartingWith("telltale.storage.write-consistency.noise is serial; expected one of");
        assertThatThrownBy(() -> new WriteLevels(SETTINGS.withWriteConsistency("one", Map.of("No Type", "one"))))
                .hasMessageContaining("expected a type after telltale.storage.write-consistency.");
    }

    @Test
    void namesTheSettingThatNoReplicationMeets() {
        Replication two = new Replication(Map.of("dc1", 2), "dc1");
        WriteLevels levels = new WriteLevels(SETTINGS.withWriteConsistency("local_quorum", Map.of("noise", "three")));
        assertThat(levels.conflictWith(two))
                .hasValue(
                        "telltale.storage.write-consistency.noise is three; expected a level that replication factor 2"
                                + " in dc1 can meet: one, two, quorum, all, local_one, local_quorum, each_quorum");
        assertThat(levels.conflictWith(new Replication(Map.of("dc1", 3), "dc1")))
                .isEmpty();
    }
}
