package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.api.Cursor;
import io.telltale.api.ProblemException;
import io.telltale.live.EventId.Within;
import io.telltale.sensors.SensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class EventIdTest {

    private static final long FAR = 1L << 40;
    private static final LiveTopic TOPIC = new LiveTopic("sensors.a", new Uuid(1, 2), 3);
    private static final Feed OF_TYPE = Feed.of(new Watched(Set.of(), new SensorType("a"), null), Set.of());
    private static final Feed OF_ALL = Feed.of(new Watched(Set.of(), null, null), Set.of());

    @Test
    void whatIsWrittenIsReadBack() {
        Positions positions = new Positions();
        positions.place(TOPIC, new long[] {0, 300, FAR});
        Within within = new Within(TOPIC.mark(), 2, 7);
        EventId id = parse(OF_TYPE, Objects.requireNonNull(EventId.text(OF_TYPE, positions, within)));
        assertThat(id)
                .isEqualTo(
                        new EventId(false, List.of(new EventId.Topic(TOPIC.mark(), List.of(0L, 300L, FAR))), within));
    }

    @Test
    void onlyTopicsThatAreListenedToAreInIt() {
        Positions positions = new Positions();
        positions.place(TOPIC, new long[] {1, 1, 1});
        positions.place(new LiveTopic("sensors.b", new Uuid(3, 4), 1), new long[] {5});
        positions.place(new LiveTopic("sensors.unread", new Uuid(5, 6), 1), new long[] {0});
        assertThat(parse(OF_TYPE, Objects.requireNonNull(EventId.text(OF_TYPE, positions, null)))
                        .topics())
                .hasSize(1);
        EventId ofAll = parse(OF_ALL, Objects.requireNonNull(EventId.text(OF_ALL, positions, null)));
        assertThat(ofAll.isOfAllTopics()).isTrue();
        assertThat(ofAll.topics()).hasSize(2);
    }

    @Test
    void fortyEightPartitionsFitAndTooManyDoNot() {
        assertThat(EventId.text(OF_TYPE, farOn(48), null)).hasSizeLessThan(EventId.MAX_CHARACTERS / 2);
        assertThat(EventId.text(OF_TYPE, farOn(120), null)).hasSizeLessThanOrEqualTo(EventId.MAX_CHARACTERS);
        assertThat(EventId.text(OF_TYPE, farOn(1_000), null)).isNull();
    }

    @Test
    void aWholeCursorThatIsNoIdIsRefused() {
        for (byte[] place :
                List.of(new byte[] {}, new byte[] {1, 0, 1}, new byte[] {2, 0, 0}, new byte[] {1, 0, 0, 9})) {
            String text = Cursor.encode(OF_TYPE.fingerprint(), place);
            assertThatThrownBy(() -> parse(OF_TYPE, text)).isInstanceOf(ProblemException.class);
        }
    }

    private static Positions farOn(int partitions) {
        long[] next = new long[partitions];
        Arrays.fill(next, FAR);
        Positions positions = new Positions();
        positions.place(new LiveTopic("sensors.a", new Uuid(1, 2), partitions), next);
        return positions;
    }

    private static EventId parse(Feed feed, String text) {
        return EventId.parse("lastEventId", text, feed.fingerprint());
    }
}
