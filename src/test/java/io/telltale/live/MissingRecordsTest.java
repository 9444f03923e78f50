package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofType;
import static io.telltale.live.LiveFixture.sequence;
import static io.telltale.live.LiveFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Streams from whose log Kafka removes records, or whose topic is deleted or recreated: each record is delivered once,
 * and what is missing in Kafka is reported as a gap and filled from history.
 */
@Timeout(20)
class MissingRecordsTest {

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();

    @Test
    void anOpenStreamReportsRetentionAndFillsIn() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 1),
                () -> {
                    live.send(2, 10);
                    live.store().ingest(BOILERS, 0, 10);
                    kafka.removeBefore(BOILERS, 0, 6);
                },
                live::fillGaps,
                () -> live.send(11, 11),
                live::fillGaps,
                () -> live.send(12, 12));
        assertThat(client.events()).isEqualTo(sequence(values(1, 1), "gap retention", values(2, 12)));
        assertThat(live.gaps("retention")).isEqualTo(1);
    }

    @Test
    void anOpenStreamReportsTheRemovalOfAllRecords() {
        kafka.create(BOILERS, 2);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 1),
                () -> {
                    live.send(2, 5);
                    live.store().ingest(BOILERS, 0, 3);
                    kafka.removeBefore(BOILERS, 0, 5);
                    kafka.send(BOILERS, 1, "b", 1);
                },
                live::fillGaps,
                () -> live.send(6, 6));
        // Values 4 and 5 are stored nowhere.
        assertThat(client.events())
                .filteredOn(event -> !event.startsWith("b"))
                .isEqualTo(sequence(values(1, 1), "gap retention", values(2, 3), values(6, 6)));
        assertThat(client.events()).containsOnlyOnce("b=1");
    }

    @Test
    void aFillWaitsForIngestThatHasReadTheRemovedRecords() {
        kafka.create(BOILERS, 1);
        List<Runnable> reading = new ArrayList<>();
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 1),
                () -> {
                    live.send(2, 10);
                    reading.add(live.store().read(BOILERS, 0, 10));
                    kafka.removeBefore(BOILERS, 0, 6);
                },
                () -> {
                    live.catchUp();
                    live.catchUpLater();
                    live.catchUpLater();
                    reading.forEach(Runnable::run);
                    live.catchUpLater();
                },
                () -> live.send(11, 11));
        assertThat(client.events()).isEqualTo(sequence(values(1, 1), "gap retention", values(2, 11)));
    }

    @Test
    void anOpenStreamReportsADeletedTopicAndReadsTheNextOne() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(everything());
        live.run(
                () -> live.send(1, 1),
                () -> {
                    live.send(2, 5);
                    live.store().ingest(BOILERS, 0, 5);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                live::fillGaps,
                () -> {
                    kafka.create(BOILERS, 1);
                    live.send(6, 6);
                    live.discover();
                },
                () -> live.send(7, 7));
        assertThat(client.events()).isEqualTo(sequence(values(1, 1), "gap topic-remade", values(2, 7)));
        assertThat(live.gaps("topic-remade")).isEqualTo(1);
    }

    @Test
    void readsTheFirstRecordsOfANewTopicThatIsLarger() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        StreamClient doors = live.subscribe(ofType(DOORS));
        live.run(
                () -> live.send(1, 2),
                () -> {
                    kafka.create(BOILERS, 1);
                    live.send(3, 6);
                },
                live::discover,
                live::fillGaps,
                () -> live.send(7, 7));
        // The consumer goes on at its offset, 2, in the new topic.
        assertThat(client.events())
                .containsExactly("a=1", "a=2", "a=5", "a=6", "gap topic-remade", "a=3", "a=4", "a=7");
        assertThat(doors.events()).isEmpty();
    }

    @Test
    void deliversARecordOnceThatWasReadUnderTheOldTopic() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    kafka.create(BOILERS, 1);
                    live.send(1, 3);
                },
                live::discover,
                live::fillGaps,
                () -> live.send(4, 4));
        assertThat(client.events()).isEqualTo(sequence(values(1, 3), "gap topic-remade", values(4, 4)));
    }

    @Test
    void deliversADifferentRecordAtTheSameOffsetOfTheNewTopic() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 3),
                () -> {
                    live.topics().whenAsked(() -> {
                        kafka.create(BOILERS, 1);
                        live.send(4, 6);
                    });
                    live.discover();
                },
                live::fillGaps);
        assertThat(client.events()).isEqualTo(sequence(values(1, 3), "gap topic-remade", values(4, 6)));
    }

    @Test
    void readsFromTheStartOfANewTopicThatIsSmaller() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 5),
                () -> {
                    kafka.create(BOILERS, 1);
                    live.send(6, 8);
                },
                live::fillGaps,
                () -> live.send(9, 9));
        assertThat(client.events()).isEqualTo(sequence(values(1, 5), "gap topic-remade", values(6, 9)));
    }

    @Test
    void aResumedStreamFillsInWhatADeletedTopicHad() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        List<StreamClient> resumed = new ArrayList<>();
        live.run(
                () -> live.send(1, 5),
                () -> {
                    live.store().ingest(BOILERS, 0, 5);
                    live.topics().whenAsked(() -> {
                        kafka.create(BOILERS, 1);
                        live.send(6, 7);
                    });
                    live.discover();
                },
                live::fillGaps,
                () -> {
                    resumed.add(live.resume(ofType(BOILERS), first.idOf("a=2")));
                    live.fillGaps();
                },
                () -> live.send(8, 8));
        assertThat(resumed.get(0).events()).isEqualTo(sequence("gap topic-remade", values(3, 8)));
    }

    @Test
    void aResumedStreamFillsInEveryTopicSinceItsId() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        List<StreamClient> resumed = new ArrayList<>();
        live.run(
                () -> live.send(1, 3),
                () -> {
                    live.store().ingest(BOILERS, 0, 3);
                    kafka.create(BOILERS, 1);
                    live.send(4, 5);
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.create(BOILERS, 1);
                    live.send(6, 7);
                    live.discover();
                },
                live::fillGaps,
                () -> {
                    resumed.add(live.resume(ofType(BOILERS), first.idOf("a=2")));
                    live.fillGaps();
                });
        assertThat(resumed.get(0).events()).isEqualTo(sequence("gap topic-remade", values(3, 7)));
    }

    @Test
    void aResumedStreamReportsRetentionInATopicItDoesNotKnow() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(everything());
        List<StreamClient> resumed = new ArrayList<>();
        live.run(() -> kafka.send(DOORS, 0, "d", 1), () -> live.send(1, 3), () -> {
            live.store().ingest(BOILERS, 0, 3);
            kafka.removeBefore(BOILERS, 0, 2);
            resumed.add(live.resume(everything(), first.idOf("d=1")));
            live.fillGaps();
        });
        assertThat(resumed.get(0).events()).isEqualTo(sequence("gap retention", values(1, 3)));
    }

    @Test
    void readsATopicThatIsCreatedDuringAGapFillFromKafkaOnly() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(everything());
        live.run(
                () -> live.send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                () -> {
                    live.store().beforePage(() -> {
                        kafka.create(BOILERS, 1);
                        live.send(3, 4);
                        live.store().ingest(BOILERS, 0, 2);
                    });
                    live.fillGaps();
                    live.discover();
                },
                live::catchUpLater);
        assertThat(client.events()).isEqualTo(sequence(values(1, 2), "gap topic-remade", values(3, 4)));
    }

    @Test
    void fillsInOnceWhatIsDeletedDuringAGapFill() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    live.topics().whenAsked(() -> {
                        kafka.create(BOILERS, 1);
                        live.send(3, 4);
                        live.store().ingest(BOILERS, 0, 2);
                    });
                    live.discover();
                },
                () -> {
                    // The id of the gap names the second topic. It is deleted before history is read.
                    live.catchUp();
                    kafka.create(BOILERS, 1);
                    live.send(5, 6);
                    live.discover();
                },
                live::catchUpLater,
                live::catchUpLater,
                live::catchUpLater);
        assertThat(client.events())
                .filteredOn(event -> !event.startsWith("gap"))
                .isEqualTo(values(1, 6));
    }

    @Test
    void waitsForATailThatDoesNotKnowTheNewTopicYet() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        List<StreamClient> resumed = new ArrayList<>();
        live.run(
                () -> live.send(1, 3),
                () -> {
                    live.store().ingest(BOILERS, 0, 3);
                    kafka.create(BOILERS, 1);
                    live.send(4, 5);
                    resumed.add(live.resume(ofType(BOILERS), first.idOf("a=1")));
                    live.fillGaps();
                },
                live::discover,
                live::fillGaps,
                live::catchUpLater,
                live::catchUpLater);
        assertThat(resumed.get(0).events()).isEqualTo(sequence("gap topic-remade", values(2, 5)));
    }
}
