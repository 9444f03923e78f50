package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays and gap fills during which topics are created, deleted and recreated. */
@Timeout(20)
class GapFillTest {

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();
    private final List<StreamClient> resumed = new ArrayList<>();

    private void send(int from, int to) {
        for (int value = from; value <= to; value++) {
            kafka.send(BOILERS, 0, "a", value);
            kafka.send(BOILERS, 0, "b", value);
        }
    }

    private void ingest(int values) {
        live.store().ingest(BOILERS, 0, 2L * values);
    }

    /** Creates, fills, ingests and deletes a topic that no tail notices. */
    private void liveAndDie(int from, int to) {
        kafka.create(BOILERS, 1);
        send(from, to);
        ingest(to - from + 1);
        kafka.delete(BOILERS);
    }

    @Test
    void fillsInATopicThatIsDeletedWhileAFillIsResumed() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> send(1, 1),
                () -> {
                    send(2, 4);
                    ingest(4);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                live::fillGaps,
                () -> {
                    liveAndDie(5, 6);
                    liveAndDie(7, 8);
                    kafka.create(BOILERS, 1);
                    send(9, 9);
                    live.discover();
                },
                // Sensor a is passed.
                () -> resumed.add(live.resume(everything(), first.idOf("b=3"))),
                live::fillGaps,
                live::catchUpLater);
        assertThat(resumed.get(0).events())
                .containsExactly(
                        "b=4",
                        "gap topic-remade",
                        "a=5",
                        "a=6",
                        "a=7",
                        "a=8",
                        "b=5",
                        "b=6",
                        "b=7",
                        "b=8",
                        "a=9",
                        "b=9");
    }

    @Test
    void fillsInATopicThatIsDeletedDuringAFill() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(everything());
        live.run(
                () -> send(1, 1),
                () -> {
                    send(2, 2);
                    ingest(2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                () -> {
                    live.store().beforePage(() -> {
                        liveAndDie(3, 3);
                        kafka.create(BOILERS, 1);
                        send(4, 4);
                    });
                    live.fillGaps();
                    live.discover();
                },
                live::catchUpLater,
                live::catchUpLater);
        assertThat(client.events())
                .containsExactly(
                        "a=1", "b=1", "gap topic-remade", "a=2", "b=2", "gap topic-remade", "a=3", "b=3", "a=4", "b=4");
    }

    @Test
    void fillsInATopicThatIsDeletedRightBehindAFill() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(everything());
        live.run(
                () -> send(1, 1),
                () -> {
                    send(2, 2);
                    ingest(2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                () -> {
                    live.catchUp();
                    kafka.create(BOILERS, 1);
                    send(3, 3);
                    ingest(1);
                    // The fill ends; its catch-up has not begun.
                    live.endWaitForProgress();
                    kafka.create(BOILERS, 1);
                    send(4, 4);
                    live.discover();
                },
                live::catchUpLater,
                live::fillGaps,
                live::catchUpLater);
        assertThat(client.events())
                .containsExactly(
                        "a=1", "b=1", "gap topic-remade", "a=2", "b=2", "gap topic-remade", "a=3", "b=3", "a=4", "b=4");
    }

    @Test
    void fillsTheGapOfAnotherTopicOnce() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> {
                    kafka.send(DOORS, 0, "d", 1);
                    send(1, 1);
                },
                () -> {
                    kafka.send(DOORS, 0, "d", 2);
                    live.store().ingest(DOORS, 0, 2);
                    kafka.removeBefore(DOORS, 0, 2);
                    send(2, 2);
                    ingest(2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                () -> {
                    live.store().beforePage(() -> {
                        liveAndDie(3, 3);
                        kafka.create(BOILERS, 1);
                    });
                    live.fillGaps();
                    live.discover();
                },
                live::catchUpLater,
                live::catchUpLater);
        assertThat(first.events())
                .filteredOn(event -> !event.startsWith("gap"))
                .containsExactly("a=1", "b=1", "d=1", "a=2", "b=2", "d=2", "a=3", "b=3");
    }

    @Test
    void resumesAFillOfRemovedRecordsWhoseTopicIsRecreated() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 1),
                () -> {
                    send(2, 8);
                    ingest(8);
                    kafka.removeBefore(BOILERS, 0, 10);
                },
                live::fillGaps,
                () -> {
                    kafka.create(BOILERS, 1);
                    send(9, 9);
                    live.discover();
                },
                () -> resumed.add(live.resume(ofType(BOILERS), first.idOf("b=3"))),
                live::fillGaps,
                live::catchUpLater);
        assertThat(resumed.get(0).events())
                .containsExactly(
                        "b=4", "b=5", "gap topic-remade", "a=6", "a=7", "a=8", "b=6", "b=7", "b=8", "a=9", "b=9");
    }

    @Test
    void resumesAReplayWhoseTopicIsRecreated() {
        kafka.create(BOILERS, 1);
        send(1, 2);
        ingest(2);
        StreamClient first = live.replay(ofType(BOILERS), 0);
        live.run(
                () -> {
                    send(3, 3);
                    ingest(3);
                    kafka.create(BOILERS, 1);
                    send(4, 4);
                    live.discover();
                },
                () -> resumed.add(live.resume(ofType(BOILERS), first.idOf("b=1"))),
                live::fillGaps,
                live::catchUpLater);
        assertThat(resumed.get(0).events())
                .containsExactly("b=2", "gap topic-remade", "a=3", "b=3", "a=4", "b=4", "caught-up");
    }

    @Test
    void repeatsNothingOfATopicThatIsCreatedDuringAReplay() {
        kafka.create(DOORS, 1);
        kafka.create(BOILERS, 1);
        send(1, 1);
        ingest(1);
        kafka.delete(BOILERS);
        // Otherwise it is uncertain whether it was created behind the id.
        live.clock().move(CreatedTopics.CLOCK_SKEW.multipliedBy(2));
        live.store().beforePage(() -> {
            kafka.create(BOILERS, 1);
            send(2, 2);
            ingest(1);
        });
        StreamClient client = live.replay(everything(), 0);
        live.run(live::discover, live::catchUp, live::catchUpLater, live::catchUpLater);
        assertThat(client.events().stream().filter(event -> !event.equals("caught-up")))
                .containsExactly("a=1", "b=1", "a=2", "b=2");
    }

    @Test
    void fillsAGapAfterTheStoreFailedOnce() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 1),
                () -> {
                    send(2, 4);
                    ingest(4);
                    kafka.removeBefore(BOILERS, 0, 6);
                    live.store().failAfterPages(0);
                },
                live::fillGaps,
                () -> {
                    live.store().recover();
                    live.catchUpLater();
                });
        assertThat(client.events())
                .containsExactly("a=1", "b=1", "gap retention", "a=2", "a=3", "b=2", "b=3", "a=4", "b=4");
    }
}
