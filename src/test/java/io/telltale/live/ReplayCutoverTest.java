package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kafka.Topic;
import io.telltale.live.ReplayCutover.DeletedTopic;
import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplayCutoverTest {

    private static final SensorType TYPE = new SensorType("a");
    private static final Topic TOPIC = new Topic("sensors.a", new Uuid(1, 2), 2);
    private static final Map<String, Integer> EPOCHS = Map.of("sensors.a", 3);

    @Test
    void treatsRecordsBeforeTheOffsetAsHistory() {
        ReplayCutover cutover = ReplayCutover.at(at(10, 20), EPOCHS);
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 9))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 10))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 1, 10))).isTrue();
    }

    @Test
    void leavesANewPartitionToKafka() {
        assertThat(ReplayCutover.at(at(10, 20), EPOCHS).isHistory(TYPE, new RecordOrigin(3, 2, 0)))
                .isFalse();
    }

    @Test
    void treatsEarlierTopicsOfTheNameAsHistory() {
        ReplayCutover cutover = ReplayCutover.at(at(10, 20), EPOCHS);
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(2, 0, 1_000))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(4, 0, 0))).isFalse();
        // Epochs are stored modulo 256.
        assertThat(ReplayCutover.at(at(10, 20), Map.of("sensors.a", 256))
                        .isHistory(TYPE, new RecordOrigin(255, 0, 1_000)))
                .isTrue();
        assertThat(ReplayCutover.at(at(10, 20), Map.of("sensors.a", 255)).isHistory(TYPE, new RecordOrigin(0, 0, 0)))
                .isFalse();
    }

    @Test
    void treatsADeletedTopicAsHistory() {
        assertThat(ReplayCutover.at(new Positions(), Map.of()).isHistory(TYPE, new RecordOrigin(3, 0, 9)))
                .isTrue();
    }

    @Test
    void suppliesOnlyTheGapOfAGapFill() {
        ReplayCutover cutover = new ReplayCutover(at(10, 20), at(5, 20), EPOCHS, Map.of());
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 4))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 5))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 9))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 10))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 1, 19))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(2, 0, 7))).isFalse();
    }

    @Test
    void suppliesWhatFollowsInADeletedTopic() {
        ReplayCutover cutover = new ReplayCutover(
                at(10, 20), at(10, 20), EPOCHS, Map.of("sensors.a", new DeletedTopic(1, 2, List.of(5L))));
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(0, 0, 9))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(1, 0, 4))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(1, 0, 5))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(1, 1, 0)))
                .as("a partition that is new since")
                .isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(2, 0, 0)))
                .as("a topic in between")
                .isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 9))).isFalse();
    }

    @Test
    void suppliesWhatFollowsWhereNoTopicExists() {
        ReplayCutover cutover = new ReplayCutover(
                new Positions(), new Positions(), Map.of(), Map.of("sensors.a", new DeletedTopic(3, 3, List.of(5L))));
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 4))).isFalse();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(3, 0, 5))).isTrue();
        assertThat(cutover.isHistory(TYPE, new RecordOrigin(4, 0, 0)))
                .as("a topic that was created after the cutover")
                .isFalse();
        assertThat(cutover.isHistory(new SensorType("b"), new RecordOrigin(3, 0, 5)))
                .isFalse();
    }

    private static Positions at(long... next) {
        Positions positions = new Positions();
        positions.put(TOPIC, next);
        return positions;
    }
}
