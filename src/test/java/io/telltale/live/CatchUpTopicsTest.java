package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofSensor;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.live.CatchUp.Step;
import io.telltale.sensors.SensorId;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Catch-ups over topics and records that appear, disappear, and are recreated. */
@Timeout(20)
class CatchUpTopicsTest extends CatchUpFixture {

    @Test
    void waitsForATailThatDoesNotKnowTheTopic() {
        kafka.create(BOILERS, 1);
        live.subscribe(everything());
        live.run(
                () -> {
                    kafka.create(DOORS, 1);
                    kafka.send(DOORS, 0, "d", 1);
                    Positions ahead = new Positions();
                    ahead.put(Objects.requireNonNull(kafka.topics().get("sensors.doors")), new long[] {1});
                    assertThat(resume(everything(), EventId.of(everything(), ahead, null))
                                    .step())
                            .isEqualTo(Step.RETRY_SOON);
                    live.discover();
                },
                () -> {},
                () -> {
                    assertThat(resumed().drive()).isEqualTo(Step.DONE);
                    kafka.send(DOORS, 0, "d", 2);
                });
        assertThat(resumedEvents()).containsExactly("d=2");
    }

    @Test
    void readsATopicThatIsNewSinceTheId() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> send(1, 1),
                () -> {
                    kafka.create(DOORS, 1);
                    kafka.send(DOORS, 0, "d", 1);
                    live.discover();
                },
                () -> {},
                () -> assertThat(resume(first, "a=1").drive()).isEqualTo(Step.DONE));
        assertThat(resumedEvents()).containsExactly("d=1");
    }

    /** As in a long queue of catch-ups: whenever it is its turn, the tail has listed the topics again. */
    @Test
    void goesLiveThoughTheTailHasListedTheTopicsSinceEachSearch() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(() -> send(1, 1), () -> {
            long later = live.clock().millis() + 3_600_000;
            live.position().update(positions -> {
                positions.setTopicsKnownAtMillis(later);
                return later;
            });
            assertThat(resume(first, "a=1").drive()).isEqualTo(Step.DONE);
        });
        assertThat(resumedEvents()).isEmpty();
    }

    @Test
    void readsAPartitionThatIsNewSinceTheId() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 2),
                () -> {
                    kafka.addPartitions(BOILERS, 1);
                    kafka.send(BOILERS, 1, "b", 1);
                    live.discover();
                },
                () -> {},
                () -> assertThat(resume(first, "a=1").drive()).isEqualTo(Step.DONE));
        assertThat(resumedEvents()).containsExactlyInAnyOrder("a=2", "b=1");
    }

    @Test
    void startsOtherTopicsAtTheTailForAnIdOfOneTopic() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        kafka.send(DOORS, 0, "a", 9);
        live.subscribe(everything());
        Subscription known =
                Subscription.of(LiveFixture.filter(Set.of(new SensorId("a")), null, null), Set.of(BOILERS));
        live.run(() -> send(1, 2), () -> {
            // The type of the sensor was known where the id was sent, and is not known here.
            EventId from = EventId.of(known, positions(1), null);
            assertThat(resume(ofSensor("a"), from).drive()).isEqualTo(Step.DONE);
        });
        assertThat(resumedEvents()).isEqualTo(values(2, 2));
    }

    @Test
    void reportsARecreatedTopicAndAsksHistoryToFillIn() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 2),
                () -> {
                    live.topics().whenAsked(() -> {
                        kafka.create(BOILERS, 1);
                        send(3, 4);
                    });
                    live.discover();
                },
                () -> {},
                () -> assertThat(resume(first, "a=1").drive()).isEqualTo(Step.FILL_GAP));
        assertThat(resumedEvents()).containsExactly("gap topic-remade");
        assertThat(resumed().catchUp.gapFill().topics())
                .as("of the new topic")
                .singleElement()
                .satisfies(topic -> assertThat(topic.next()).containsExactly(0L));
        assertDeleted(first, 1);
    }

    @Test
    void reportsATopicRecreatedWhileItReads() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 2),
                () -> {
                    assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
                    live.topics().whenAsked(() -> {
                        kafka.create(BOILERS, 1);
                        send(3, 4);
                    });
                    live.discover();
                },
                () -> {},
                () -> assertThat(resumed().drive()).isEqualTo(Step.FILL_GAP));
        assertThat(resumedEvents()).containsExactly("a=2", "gap topic-remade");
        assertDeleted(first, 2);
    }

    @Test
    void requestsNoOffsetsOfADeletedTopic() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 1), () -> {
            kafka.delete(BOILERS);
            // The tail does not know yet.
            assertThat(resume(first, "a=1").drive()).isEqualTo(Step.RETRY_SOON);
        });
    }

    @Test
    void reportsADeletedTopicAndAsksHistoryToFillIn() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> send(1, 2),
                () -> {
                    kafka.delete(BOILERS);
                    live.discover();
                },
                () -> assertThat(resume(first, "a=1").drive()).isEqualTo(Step.FILL_GAP));
        assertThat(resumedEvents()).containsExactly("gap topic-remade");
        assertDeleted(first, 1);
    }

    /** The id names both, and needs no time; behind the gap, it names one. */
    @Test
    void notesWhenTheTopicsWereListedWhereOneOfSeveralIsDeleted() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(LiveFixture.ofSensors(Set.of(BOILERS, DOORS), "a", "d"));
        live.run(
                () -> send(1, 2),
                () -> {
                    kafka.delete(BOILERS);
                    live.discover();
                },
                () -> assertThat(resume(first, "a=1").drive()).isEqualTo(Step.FILL_GAP));
        assertThat(first.parsedId(first.idOf("a=1")).topicsKnownAtMillis()).isZero();
        assertThat(resumed().catchUp.gapFill().topicsKnownAtMillis()).isPositive();
    }

    @Test
    void reportsATopicDeletedWhileItReads() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> send(1, 2),
                () -> {
                    live.atCatchUpPoll(() -> kafka.delete(BOILERS));
                    assertThat(resume(first, "a=1").drive()).isEqualTo(Step.RETRY_SOON);
                    live.discover();
                },
                () -> {},
                () -> assertThat(resumed().drive()).isEqualTo(Step.FILL_GAP));
        assertThat(resumedEvents()).containsExactly("gap topic-remade");
        assertDeleted(first, 1);
    }

    @Test
    void reportsATopicDeletedAtTheCutover() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> send(1, 3),
                () -> {
                    assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
                    send(4, 5);
                },
                () -> {
                    assertThat(resumed().step()).isEqualTo(Step.CONTINUE);
                    kafka.delete(BOILERS);
                    assertThat(resumed().drive()).isEqualTo(Step.RETRY_SOON);
                    live.discover();
                },
                () -> {},
                () -> {
                    assertThat(resumed().drive()).isEqualTo(Step.FILL_GAP);
                    assertThat(resumed().client.subscriber().isReceiving()).isFalse();
                });
        assertThat(resumedEvents()).containsExactly("a=2", "a=3", "gap topic-remade");
        assertDeleted(first, 3);
    }

    /** Asserts that history has to fill the offsets from {@code seen} on of a topic that no longer exists. */
    private void assertDeleted(StreamClient reader, long seen) {
        int idHash = reader.parsedId(reader.idOf("a=1")).topics().get(0).topicIdHash();
        assertThat(resumed().catchUp.gapFill().deleted()).singleElement().satisfies(topic -> {
            assertThat(topic.topicIdHash()).isEqualTo(idHash);
            assertThat(topic.next()).containsExactly(seen);
        });
    }

    @Test
    void reportsAnOffsetBehindTheEnd() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 2), () -> {
            assertThat(resume(ofType(BOILERS), at(5)).drive()).isEqualTo(Step.DONE);
            send(3, 3);
        });
        assertThat(resumedEvents()).containsExactly("gap topic-remade", "a=3");
    }

    @Test
    void reportsRetentionAndAsksHistoryToFillIn() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 10), () -> {
            kafka.removeBefore(BOILERS, 0, 6);
            assertThat(resume(first, "a=2").drive()).isEqualTo(Step.FILL_GAP);
        });
        assertThat(resumedEvents()).containsExactly("gap retention");
        assertThat(live.gaps("retention")).isEqualTo(1);
        assertFill(resumed(), 2, 6);
        EventId sent = resumed().client.parsedId(resumed().client.idOf("gap retention"));
        assertThat(sent.topics()).isEqualTo(resumed().catchUp.gapFill().topics());
    }

    @Test
    void reportsRetentionThatOvertakesItWhileItReads() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 10), () -> {
            live.atCatchUpPoll(() -> kafka.removeBefore(BOILERS, 0, 6));
            assertThat(resume(first, "a=2").drive()).isEqualTo(Step.FILL_GAP);
        });
        assertThat(resumedEvents()).containsExactly("gap retention");
        assertFill(resumed(), 2, 6);
    }

    @Test
    void reportsRetentionThatOvertakesItAtTheCutover() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 3),
                () -> {
                    assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
                    send(4, 10);
                },
                () -> {
                    kafka.removeBefore(BOILERS, 0, 6);
                    assertThat(resumed().drive()).isEqualTo(Step.FILL_GAP);
                    assertThat(resumed().client.subscriber().isReceiving()).isFalse();
                });
        assertThat(resumedEvents()).containsExactly("a=2", "a=3", "gap retention");
        assertFill(resumed(), 3, 6);
    }

    @Test
    void fillsInBehindAPackThatKafkaHasRemoved() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    kafka.sendPack(BOILERS, 0, "a", 1, 2, 3);
                    send(4, 6);
                },
                () -> {
                    kafka.removeBefore(BOILERS, 0, 2);
                    assertThat(resume(first, "a=1").drive()).isEqualTo(Step.FILL_GAP);
                });
        assertFill(resumed(), 1, 2);
        assertThat(resumed().catchUp.gapFill().partialRecord()).isNull();
    }

    @Test
    void stopsBufferingForAGapFillAfterAFailure() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 3), () -> {
            assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
            kafka.failWith(new TimeoutException("no answer"));
            assertThatThrownBy(() -> resumed().step()).isInstanceOf(KafkaException.class);
            kafka.failWith(null);
            send(4, 10);
            kafka.removeBefore(BOILERS, 0, 6);
            assertThat(resumed().step()).isEqualTo(Step.FILL_GAP);
            assertThat(resumed().client.subscriber().isReceiving()).isFalse();
        });
    }
}
