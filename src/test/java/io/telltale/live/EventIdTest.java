package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.api.Cursor;
import io.telltale.api.CursorSigner;
import io.telltale.api.ProblemException;
import io.telltale.kafka.Topic;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventIdTest {

    private static final long FAR = 1L << 40;
    private static final Topic TOPIC = new Topic("sensors.a", new Uuid(1, 2), 3);
    private static final Subscription OF_TYPE =
            Subscription.of(LiveFixture.filter(Set.of(), new SensorType("a"), null), Set.of());
    private static final Subscription OF_ALL = Subscription.of(LiveFixture.filter(Set.of(), null, null), Set.of());

    @Test
    void parsesItsText() {
        Positions positions = new Positions();
        positions.put(TOPIC, new long[] {0, 300, FAR});
        positions.setRecordTimeMillis(1_767_225_600_999L);
        PartialRecord partialRecord = new PartialRecord(TOPIC.idHash(), 2, 7);
        assertThat(readBack(EventId.of(OF_TYPE, positions, partialRecord)))
                .isEqualTo(new EventId(
                        false,
                        false,
                        0,
                        1_767_225_600L,
                        List.of(new EventId.TopicOffsets(TOPIC.idHash(), List.of(0L, 300L, FAR), List.of())),
                        partialRecord,
                        null,
                        List.of()));
    }

    @Test
    void parsesAReplayPosition() {
        Positions positions = new Positions();
        positions.put(TOPIC, new long[] {0, 300, FAR});
        EventId begun =
                EventId.of(OF_TYPE, positions, null).withCatchingUp(true).withReplay(ReplayPosition.from(-5));
        EventId further =
                begun.withReplay(ReplayPosition.from(-5).after(new SensorId("s".repeat(128)), 1_767_225_600_000L));
        assertThat(readBack(begun)).isEqualTo(begun);
        assertThat(readBack(further)).isEqualTo(further);
    }

    @Test
    void parsesDeletedTopics() {
        Positions positions = new Positions();
        positions.put(TOPIC, new long[] {0, 300, FAR});
        EventId fill = EventId.of(OF_TYPE, positions, null)
                .withReplay(ReplayPosition.from(ReplayPosition.UNDECIDED))
                .withDeleted(List.of(new EventId.TopicOffsets(-7, List.of(5L, FAR), List.of())));
        assertThat(readBack(fill)).isEqualTo(fill);
        assertThat(readBack(fill.withoutReplay()).deleted()).isEmpty();
    }

    @Test
    void parsesAGapFill() {
        Positions next = new Positions();
        next.put(TOPIC, new long[] {7, 300, FAR});
        Positions seen = new Positions();
        seen.put(new Topic("sensors.a", TOPIC.id(), 2), new long[] {7, 20});
        EventId fill = EventId.of(OF_TYPE, next, seen, null).withReplay(ReplayPosition.from(ReplayPosition.UNDECIDED));
        assertThat(fill.topics().get(0).seen()).containsExactly(7L, 20L, FAR);
        assertThat(readBack(fill)).isEqualTo(fill);
    }

    @Test
    void namesOnlyTopicsOfTheSubscription() {
        Positions positions = new Positions();
        positions.put(TOPIC, new long[] {1, 1, 1});
        positions.put(new Topic("sensors.b", new Uuid(3, 4), 1), new long[] {5});
        positions.put(new Topic("sensors.unread", new Uuid(5, 6), 1), new long[] {0});
        assertThat(EventId.of(OF_TYPE, positions, null).topics()).hasSize(1);
        EventId ofAll = EventId.of(OF_ALL, positions, null);
        assertThat(ofAll.isForAllTopics()).isTrue();
        assertThat(ofAll.topics()).hasSize(3);
        assertThat(ofAll.topics().get(2).next())
                .as("of a topic at offset 0, to save bytes")
                .isEmpty();
        assertThat(readBack(ofAll)).isEqualTo(ofAll);
    }

    @Test
    void hasTheTimeOfItsTopicsUnlessItNamesThemAll() {
        Positions positions = new Positions();
        positions.put(TOPIC, new long[] {1, 1, 1});
        positions.setTopicsKnownAtMillis(1_767_225_600_999L);
        EventId ofAll = EventId.of(OF_ALL, positions, null);
        assertThat(ofAll.topicsKnownAtMillis()).isEqualTo(1_767_225_600_999L);
        assertThat(readBack(ofAll)).isEqualTo(ofAll);
        assertThat(EventId.of(OF_TYPE, positions, null).topicsKnownAtMillis()).isZero();
        positions.remove(TOPIC.name());
        assertThat(EventId.of(OF_TYPE, positions, null).topicsKnownAtMillis()).isEqualTo(1_767_225_600_999L);
    }

    @Test
    void namesSomeTopicsAtOffsetZeroWhereThereIsSpace() {
        Positions few = farOn(10);
        Positions many = farOn(110);
        for (int number = 0; number < 100; number++) {
            Topic topic = new Topic("sensors.unread-" + number, new Uuid(number, number), 12);
            few.put(topic, new long[12]);
            many.put(topic, new long[12]);
        }
        EventId ofFew = EventId.of(OF_ALL, few, null);
        assertThat(ofFew.topics()).hasSize(17);
        assertThat(length(ofFew)).isEqualTo(length(EventId.of(OF_ALL, farOn(10), null)) + 107);
        assertThat(EventId.of(OF_ALL, many, null)).isEqualTo(EventId.of(OF_ALL, farOn(110), null));
        assertThat(EventId.of(OF_ALL, farOn(48), farOn(48), null).topics()).hasSize(1);
    }

    private static int length(EventId id) {
        return Objects.requireNonNull(id.text(OF_TYPE.fingerprint())).length();
    }

    /** They have no time, and do not name topics at offset 0. */
    @Test
    void parsesIdsOfEarlierVersions() {
        byte[] place = {2, 1, 5, 1, 0, 0, 0, 33, 1, 7};
        EventId id = parse(Cursor.encode(OF_TYPE.fingerprint(), place, CursorSigner.CHECKSUM));
        assertThat(id.topicsKnownAtMillis()).isZero();
        assertThat(id.topics()).containsExactly(new EventId.TopicOffsets(33, List.of(7L), List.of()));
        assertThat(readBack(id)).isEqualTo(id);
    }

    @Test
    void fits48PartitionsAndRefusesTooMany() {
        assertThat(text(farOn(48))).hasSizeLessThan(EventIdText.MAX_CHARACTERS / 2);
        assertThat(text(farOn(115))).hasSizeLessThanOrEqualTo(EventIdText.MAX_CHARACTERS);
        assertThat(text(farOn(1_000))).isNull();
    }

    @Test
    void fits48PartitionsDuringAReplay() {
        Positions seen = farOn(48);
        EventId id = EventId.of(OF_TYPE, farOn(48), seen, null)
                .withReplay(ReplayPosition.from(0).after(new SensorId("s".repeat(128)), 1_767_225_600_000L));
        assertThat(id.text(OF_TYPE.fingerprint())).hasSizeLessThanOrEqualTo(EventIdText.MAX_CHARACTERS);
    }

    @Test
    void refusesAValidCursorThatIsNoId() {
        byte[] noSensor = {2, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, '/', 0, 0, 0, 0, 0, 0, 0, 0};
        byte[] tooLong = {2, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 129};
        for (byte[] place : List.of(
                new byte[] {},
                new byte[] {2, 0, 0, 1},
                new byte[] {1, 0, 0, 0},
                new byte[] {2, 0, 0, 0, 9},
                noSensor,
                tooLong)) {
            String text = Cursor.encode(OF_TYPE.fingerprint(), place, CursorSigner.CHECKSUM);
            assertThatThrownBy(() -> parse(text)).isInstanceOf(ProblemException.class);
        }
    }

    private static EventId readBack(EventId id) {
        return EventIdText.parse(
                "lastEventId", Objects.requireNonNull(id.text(OF_TYPE.fingerprint())), OF_TYPE.fingerprint());
    }

    private static @Nullable String text(Positions positions) {
        return EventId.of(OF_TYPE, positions, null).text(OF_TYPE.fingerprint());
    }

    private static Positions farOn(int partitions) {
        long[] next = new long[partitions];
        Arrays.fill(next, FAR);
        Positions positions = new Positions();
        positions.put(new Topic("sensors.a", new Uuid(1, 2), partitions), next);
        return positions;
    }

    private static EventId parse(String text) {
        return EventIdText.parse("lastEventId", text, OF_TYPE.fingerprint());
    }
}
