package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kafka.Topic;
import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplayCutoverTest {

    private static final SensorType TYPE = new SensorType("a");
    private static final Topic TOPIC = new Topic("sensors.a", new Uuid(1, 2), 2);
    private static final Map<String, Integer> EPOCHS = Map.of("sensors.a", 3);

    @Test
    void treatsRecordsBeforeTheOffsetAsHistory() {
        ReplayCutover cutover = new ReplayCutover(at(10, 20), null, EPOCHS);
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 9))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 10))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 1, 10))).isTrue();
    }

    @Test
    void leavesANewPartitionToKafka() {
        assertThat(new ReplayCutover(at(10, 20), null, EPOCHS).isHistory(TYPE, new RecordOrigin(3, 2, 0)))
                .isFalse();
    }

    @Test
    void treatsEarlierTopicsOfTheNameAsHistory() {
        ReplayCutover cutover = new ReplayCutover(at(10, 20), null, EPOCHS);
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(2, 0, 1_000))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(4, 0, 0))).isFalse();
        // Epochs are stored modulo 256.
        assertThat(new ReplayCutover(at(10, 20), null, Map.of("sensors.a", 256))
                        .isHistory(TYPE, new RecordOrigin(255, 0, 1_000)))
                .isTrue();
        assertThat(new ReplayCutover(at(10, 20), null, Map.of("sensors.a", 255))
                        .isHistory(TYPE, new RecordOrigin(0, 0, 0)))
                .isFalse();
    }

    @Test
    void treatsADeletedTopicAsHistory() {
        assertThat(new ReplayCutover(new Positions(), null, Map.of()).isHistory(TYPE, new RecordOrigin(3, 0, 9)))
                .isTrue();
    }

    @Test
    void suppliesOnlyTheGapOfAGapFill() {
        ReplayCutover cutover = new ReplayCutover(at(10, 20), at(5, 20), EPOCHS);
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 4))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 5))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 9))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 10))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 1, 19))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(2, 0, 7))).isFalse();
    }

    private static Positions at(long... next) {
        Positions positions = new Positions();
        positions.put(TOPIC, next);
        return positions;
    }
}
