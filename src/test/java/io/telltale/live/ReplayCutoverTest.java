package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplayCutoverTest {

    private static final SensorType TYPE = new SensorType("a");
    private static final Topic TOPIC = new Topic("sensors.a", new Uuid(1, 2), 2);
    private static final int CURRENT = TOPIC.idHash();

    /** The hashes of three topics that existed before. */
    private static final int FIRST = 71;

    private static final int SECOND = 72;
    private static final int THIRD = 73;

    private static final ReplayPosition BEGINNING = ReplayPosition.from(0);

    private static TopicOffsets at(int topicIdHash, long... next) {
        return new TopicOffsets(topicIdHash, list(next), List.of());
    }

    private static List<Long> list(long... offsets) {
        return Arrays.stream(offsets).boxed().toList();
    }

    private static EventId id(List<TopicOffsets> topics, List<TopicOffsets> deleted) {
        return new EventId(false, false, 0, 0, topics, null, BEGINNING, deleted);
    }

    private static EventId whole(TopicOffsets... topics) {
        return id(List.of(topics), List.of());
    }

    private static ReplayCutover cutover(EventId id, Map<Integer, Integer> epochs, @Nullable Topic existing) {
        TopicIncarnations topics = TopicIncarnations.of(epochs, existing);
        EventId bounded = topics.withEnd(id);
        return new ReplayCutover(
                bounded,
                topics.history(bounded).map(span -> Map.of("sensors.a", span)).orElse(Map.of()));
    }

    private static boolean isHistory(ReplayCutover cutover, int epoch, int partition, long offset) {
        return cutover.isHistory(TYPE, new RecordOrigin(epoch, partition, offset));
    }

    @Test
    void treatsRecordsBeforeTheOffsetAsHistory() {
        ReplayCutover cutover = cutover(whole(at(CURRENT, 10, 20)), Map.of(CURRENT, 3), TOPIC);
        assertThat(isHistory(cutover, 3, 0, 9)).isTrue();
        assertThat(isHistory(cutover, 3, 0, 10)).isFalse();
        assertThat(isHistory(cutover, 3, 1, 10)).isTrue();
        assertThat(isHistory(cutover, 3, 2, 0)).as("a new partition").isFalse();
        assertThat(cutover.isHistory(new SensorType("b"), new RecordOrigin(3, 0, 9)))
                .isFalse();
    }

    @Test
    void treatsEarlierTopicsOfTheNameAsHistory() {
        ReplayCutover cutover = cutover(whole(at(CURRENT, 10, 20)), Map.of(CURRENT, 3), TOPIC);
        assertThat(isHistory(cutover, 2, 0, 1_000)).isTrue();
        assertThat(isHistory(cutover, 4, 0, 0)).isFalse();
        // Epochs are stored modulo 256.
        ReplayCutover wrapped = cutover(whole(at(CURRENT, 10, 20)), Map.of(CURRENT, 256), TOPIC);
        assertThat(isHistory(wrapped, 255, 0, 1_000)).isTrue();
        assertThat(isHistory(wrapped, 0, 0, 9)).isTrue();
        assertThat(isHistory(wrapped, 1, 0, 0)).isFalse();
        assertThat(isHistory(cutover(whole(at(CURRENT, 10)), Map.of(CURRENT, 255), TOPIC), 0, 0, 0))
                .isFalse();
    }

    @Test
    void leavesATopicThatTheIdDoesNotNameToKafka() {
        ReplayCutover cutover = cutover(whole(), Map.of(FIRST, 2, CURRENT, 3), TOPIC);
        assertThat(isHistory(cutover, 2, 0, 9)).isTrue();
        assertThat(isHistory(cutover, 3, 0, 0)).isFalse();
    }

    @Test
    void leavesATopicThatIsCreatedLaterToKafka() {
        ReplayCutover cutover = cutover(whole(), Map.of(FIRST, 2), null);
        assertThat(isHistory(cutover, 2, 0, 9)).isTrue();
        assertThat(isHistory(cutover, 3, 0, 0)).isFalse();
    }

    @Test
    void endsAWholeReplayInATopicThatIsDeletedMeanwhile() {
        ReplayCutover cutover = cutover(whole(at(FIRST, 10)), Map.of(FIRST, 2, CURRENT, 3), TOPIC);
        assertThat(isHistory(cutover, 2, 0, 9)).isTrue();
        assertThat(isHistory(cutover, 2, 0, 10)).isFalse();
        assertThat(isHistory(cutover, 3, 0, 0)).isFalse();
    }

    @Test
    void suppliesOnlyTheGapOfAGapFill() {
        EventId fill = id(List.of(new TopicOffsets(CURRENT, list(10, 20), list(5, 20))), List.of());
        for (Topic existing : new Topic[] {TOPIC, null}) {
            ReplayCutover cutover = cutover(fill, Map.of(CURRENT, 3), existing);
            assertThat(isHistory(cutover, 3, 0, 4)).isFalse();
            assertThat(isHistory(cutover, 3, 0, 5)).isTrue();
            assertThat(isHistory(cutover, 3, 0, 9)).isTrue();
            assertThat(isHistory(cutover, 3, 0, 10)).isFalse();
            assertThat(isHistory(cutover, 3, 1, 19)).isFalse();
            assertThat(isHistory(cutover, 2, 0, 7)).isFalse();
        }
    }

    @Test
    void suppliesWhatFollowsInADeletedTopic() {
        EventId fill = id(List.of(at(CURRENT, 0, 0)), List.of(at(FIRST, 5)));
        ReplayCutover cutover = cutover(fill, Map.of(FIRST, 1, SECOND, 2, CURRENT, 3), TOPIC);
        assertThat(isHistory(cutover, 0, 0, 9)).isFalse();
        assertThat(isHistory(cutover, 1, 0, 4)).isFalse();
        assertThat(isHistory(cutover, 1, 0, 5)).isTrue();
        assertThat(isHistory(cutover, 1, 1, 0))
                .as("a partition that is new since")
                .isTrue();
        assertThat(isHistory(cutover, 2, 0, 0)).as("a topic in between").isTrue();
        assertThat(isHistory(cutover, 3, 0, 9)).isFalse();
    }

    @Test
    void suppliesWhatFollowsWhereNoTopicExists() {
        ReplayCutover cutover = cutover(id(List.of(), List.of(at(FIRST, 5))), Map.of(FIRST, 3), null);
        assertThat(isHistory(cutover, 3, 0, 4)).isFalse();
        assertThat(isHistory(cutover, 3, 0, 5)).isTrue();
        assertThat(isHistory(cutover, 4, 0, 0)).as("a later topic").isFalse();
    }

    @Test
    void includesNoTopicThatIsDeletedDuringTheGapFill() {
        ReplayCutover begun = cutover(id(List.of(), List.of(at(FIRST, 5))), Map.of(FIRST, 1, SECOND, 2), null);
        EventId later = begun.id().withReplay(BEGINNING.after(new SensorId("s"), 1));
        Map<Integer, Integer> epochs = Map.of(FIRST, 1, SECOND, 2, THIRD, 3, CURRENT, 4);
        ReplayCutover resumed = cutover(later, epochs, TOPIC);
        for (ReplayCutover cutover : List.of(begun, resumed)) {
            assertThat(isHistory(cutover, 1, 0, 5)).isTrue();
            assertThat(isHistory(cutover, 2, 0, 0)).isTrue();
            assertThat(isHistory(cutover, 3, 0, 0)).isFalse();
        }
        assertThat(TopicIncarnations.of(epochs, TOPIC).missed(later))
                .extracting(TopicOffsets::topicIdHash)
                .containsExactly(THIRD);
    }
}
