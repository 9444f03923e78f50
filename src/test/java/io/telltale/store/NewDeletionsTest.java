package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewDeletionsTest {

    private static final SensorId SENSOR = new SensorId("a");
    private static final SensorId OTHER = new SensorId("b");

    private final Shreddings shreddings = new Shreddings(Clock.systemUTC());
    private final NewDeletions deletions = new NewDeletions(shreddings);
    private final List<SensorId> dropped = new ArrayList<>();

    @Test
    void tellCachesOfEachDeletionOnce() {
        deletions.onNew(dropped::add);
        Deletion first = new Deletion(SENSOR, 1, 0, 10);
        Deletion second = new Deletion(SENSOR, 2, 0, 5);
        Deletion shredding = Deletion.shredding(OTHER, new SensorType("t"), 3);
        deletions.replace(new Deletions(List.of(first)));
        deletions.replace(new Deletions(List.of(first)));
        assertThat(dropped).containsExactly(SENSOR);
        deletions.replace(new Deletions(List.of(first, shredding)));
        assertThat(dropped).containsExactly(SENSOR, OTHER);
        assertThat(shreddings.timeOf(OTHER)).isEqualTo(3);
        deletions.replace(new Deletions(List.of(first, second, shredding)));
        assertThat(dropped).containsExactly(SENSOR, OTHER, SENSOR);
    }
}
