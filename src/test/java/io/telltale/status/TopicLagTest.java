package io.telltale.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kafka.Topic;
import io.telltale.store.IngestProgress.PartitionProgress;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class TopicLagTest {

    private static final long NOW = 1_000_000;
    private static final Topic TOPIC = new Topic("sensors.a", new Uuid(1, 2), 2);

    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private final Map<TopicPartition, Long> starts = new HashMap<>();
    private final Map<Integer, PartitionProgress> progressed = new HashMap<>();

    @Test
    void isIngestedThroughTheCheckIfNothingLags() {
        partition(0, 0, 10, 10, OptionalLong.of(5));
        partition(1, 0, 0);
        assertThat(lag()).isEqualTo(new TopicLag("sensors.a", OptionalLong.of(0), OptionalLong.of(NOW)));
    }

    @Test
    void addsThePartitionsAndTakesTheEarliestTime() {
        partition(0, 0, 10, 7, OptionalLong.of(500));
        partition(1, 0, 10, 6, OptionalLong.of(400));
        assertThat(lag()).isEqualTo(new TopicLag("sensors.a", OptionalLong.of(7), OptionalLong.of(400)));
    }

    @Test
    void isIngestedThroughTheCheckIfTheBrokersClockIsAhead() {
        partition(0, 0, 10, 7, OptionalLong.of(NOW + 50));
        partition(1, 0, 0);
        assertThat(lag().throughMillis()).hasValue(NOW);
    }

    @Test
    void knowsTheLagWithoutRecordTimes() {
        partition(0, 0, 10, 7, OptionalLong.empty());
        partition(1, 0, 10);
        assertThat(lag()).isEqualTo(new TopicLag("sensors.a", OptionalLong.of(13), OptionalLong.empty()));
    }

    @Test
    void doesNotCountRecordsThatKafkaRemoved() {
        partition(0, 10, 10, 3, OptionalLong.of(5));
        partition(1, 8, 10);
        assertThat(lag().records()).hasValue(2);
    }

    @Test
    void isUnknownIfAPartitionDidNotAnswer() {
        partition(0, 0, 10, 10, OptionalLong.of(5));
        assertThat(lag()).isEqualTo(TopicLag.unknown("sensors.a"));
        partition(1, 0, 10);
        starts.clear();
        assertThat(lag()).isEqualTo(TopicLag.unknown("sensors.a"));
    }

    private TopicLag lag() {
        return TopicLag.of(TOPIC, NOW, ends, starts, progressed);
    }

    private void partition(int partition, long start, long end) {
        TopicPartition key = new TopicPartition("sensors.a", partition);
        starts.put(key, start);
        ends.put(key, end);
    }

    private void partition(int partition, long start, long end, long durable, OptionalLong recordTimeMillis) {
        partition(partition, start, end);
        progressed.put(partition, new PartitionProgress(partition, 1, durable, recordTimeMillis));
    }
}
