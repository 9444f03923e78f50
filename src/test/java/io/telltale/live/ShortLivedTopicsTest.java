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
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams whose topic is deleted and recreated so fast that the tail does not read each topic of the name. */
@Timeout(20)
class ShortLivedTopicsTest {

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();

    /** A client that resumes behind it would receive it again, as a record of the next topic. */
    @Test
    void deliversNoRecordOfANewTopicUnderTheIdOfTheOldOne() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        StreamClient doors = live.subscribe(ofType(DOORS));
        List<StreamClient> resumed = new ArrayList<>();
        kafka.create(DOORS, 1);
        live.run(
                () -> live.send(1, 2),
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    kafka.create(BOILERS, 1);
                    live.send(3, 6);
                    kafka.send(DOORS, 0, "d", 1);
                },
                () -> {
                    live.leave(first);
                    resumed.add(live.resume(ofType(BOILERS), first.lastId()));
                    live.fillGaps();
                },
                live::fillGaps,
                () -> live.send(7, 7));
        assertThat(first.events()).filteredOn(event -> !event.startsWith("gap")).isEqualTo(values(1, 2));
        assertThat(resumed.get(0).events()).isEqualTo(sequence("gap topic-remade", values(3, 7)));
        assertThat(doors.events()).containsExactly("d=1");
    }

    @Test
    void goesOnThoughATopicWithoutSubscribersIsRecreated() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(ofType(DOORS));
        StreamClient leaving = live.subscribe(ofType(BOILERS));
        live.run(
                () -> live.send(1, 1),
                () -> {
                    live.leave(leaving);
                    live.clock().move(TailedTopics.TRUST);
                    kafka.create(BOILERS, 1);
                    live.send(2, 4);
                    kafka.send(DOORS, 0, "d", 1);
                },
                () -> kafka.send(DOORS, 0, "d", 2));
        assertThat(client.events()).containsExactly("d=1", "d=2");
    }

    @Test
    void deliversRecordsThoughKafkaDoesNotTellTheIds() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        List<String> asked = new ArrayList<>();
        live.run(
                () -> live.send(1, 1),
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    live.topics().whenAsked(() -> {
                        throw new TimeoutException("no broker answers");
                    });
                    live.send(2, 2);
                },
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    live.topics().whenAsked(() -> asked.add("again"));
                    live.send(3, 3);
                },
                () -> assertThat(asked).as("requests before the next discovery").isEmpty());
        assertThat(client.events()).isEqualTo(values(1, 3));
    }

    /** Only its epoch, which it has from the tail, tells which topics came after it. */
    @Test
    void fillsFromATopicBehindOneThatIngestNeverStartedOn() {
        StreamClient client = deleteATopicThatIngestNeverStartedOn(ofType(BOILERS));
        assertThat(client.events())
                .isEqualTo(sequence(values(1, 2), "gap topic-remade", "gap topic-remade", values(3, 6)));
    }

    @Test
    void reportsThatTopicsMayBeLeftOutBehindOneWithoutAnEpoch() {
        live.store().refuseEpochs();
        StreamClient client = deleteATopicThatIngestNeverStartedOn(ofType(BOILERS));
        assertThat(client.events())
                .isEqualTo(sequence(
                        values(1, 2),
                        "gap topic-remade",
                        "gap topic-remade",
                        "gap topic-remade",
                        "gap topic-remade",
                        values(5, 6)));
    }

    @Test
    void reportsThatTopicsMayBeLeftOutOfAllTopics() {
        live.store().refuseEpochs();
        StreamClient client = deleteATopicThatIngestNeverStartedOn(everything());
        assertThat(client.events())
                .isEqualTo(sequence(
                        values(1, 2), "gap topic-remade", "gap topic-remade", "gap topic-remade", values(5, 6)));
    }

    /** A topic of two stored readings comes behind it, and is replaced as well. */
    private StreamClient deleteATopicThatIngestNeverStartedOn(Subscription subscription) {
        StreamClient client = subscribeBesideDoors(subscription);
        live.run(
                () -> live.send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.create(BOILERS, 1);
                    live.discover();
                },
                live::fillGaps,
                this::deleteAndDiscover,
                live::catchUp,
                this::createTwoTopics,
                live::fillGaps,
                live::fillGaps,
                () -> live.send(6, 6));
        return client;
    }

    /** The first has two stored readings. */
    private void createTwoTopics() {
        kafka.create(BOILERS, 1);
        live.send(3, 4);
        live.store().ingest(BOILERS, 0, 2);
        kafka.create(BOILERS, 1);
        live.send(5, 5);
        live.discover();
    }

    /** The topic in between is stored; without a topic, the ids of the tail name nothing. */
    @Test
    void reportsATopicThatIsDeletedBeforeTheTailReadsIt() {
        StreamClient client = subscribeToBoth();
        live.run(
                () -> live.send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    deleteAndDiscover();
                },
                live::fillGaps,
                this::createTwoTopics,
                live::fillGaps,
                live::fillGaps,
                () -> live.send(6, 6));
        assertThat(client.events())
                .isEqualTo(sequence(values(1, 2), "gap topic-remade", "gap topic-remade", values(3, 6)));
    }

    /** As by a replica that is frozen between the answers of Cassandra and of Kafka. */
    @Test
    void reportsATopicThatIsReplacedWhileAStreamLooksForIt() {
        StreamClient client = subscribeToBoth();
        live.run(
                () -> live.send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    deleteAndDiscover();
                },
                live::fillGaps,
                () -> {
                    kafka.create(BOILERS, 1);
                    live.discover();
                },
                () -> {
                    live.topics().whenAsked(() -> {
                        live.send(3, 4);
                        live.store().ingest(BOILERS, 0, 2);
                        kafka.create(BOILERS, 1);
                        live.send(5, 5);
                    });
                    live.fillGaps();
                    live.discover();
                },
                live::fillGaps,
                live::fillGaps,
                () -> live.send(6, 6));
        assertThat(client.events())
                .isEqualTo(sequence(values(1, 2), "gap topic-remade", "gap topic-remade", values(3, 6)));
    }

    /** Also if the store does not know the deleted topic. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goesOnInTheNextTopicOfAName(boolean isIngested) {
        StreamClient client = subscribeToBoth();
        live.run(
                () -> live.send(1, 2),
                () -> {
                    if (isIngested) {
                        live.store().ingest(BOILERS, 0, 2);
                    }
                    deleteAndDiscover();
                },
                live::fillGaps,
                live::catchUpLater,
                () -> {
                    kafka.create(BOILERS, 1);
                    live.send(3, 4);
                    live.discover();
                },
                live::fillGaps,
                () -> live.send(5, 5));
        assertThat(client.events()).isEqualTo(sequence(values(1, 2), "gap topic-remade", values(3, 5)));
    }

    /** The other topic keeps the tail polling. */
    private StreamClient subscribeToBoth() {
        return subscribeBesideDoors(ofType(BOILERS));
    }

    private StreamClient subscribeBesideDoors(Subscription subscription) {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(subscription);
        live.subscribe(ofType(DOORS));
        return client;
    }

    private void deleteAndDiscover() {
        kafka.delete(BOILERS);
        live.discover();
    }
}
