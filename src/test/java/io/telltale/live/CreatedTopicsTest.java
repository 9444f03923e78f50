package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofSensors;
import static io.telltale.live.LiveFixture.ofType;
import static io.telltale.live.LiveFixture.sequence;
import static io.telltale.live.LiveFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Topics that are created, and deleted or recreated, while a client is not connected. */
@Timeout(20)
class CreatedTopicsTest {

    private static final String GAP = "gap topic-remade";

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();
    private final List<StreamClient> resumed = new ArrayList<>();

    /** Its stream keeps the tail polling. */
    @BeforeEach
    void tailDoors() {
        kafka.create(DOORS, 1);
        live.subscribe(ofType(DOORS));
    }

    /** Lets a client leave, and resume behind its last id after something else has happened. */
    private List<String> resumeBehind(Subscription subscription, Runnable... meanwhile) {
        StreamClient first = live.subscribe(subscription);
        List<Runnable> steps = new ArrayList<>();
        steps.add(live::discover);
        steps.add(() -> live.leave(first));
        steps.addAll(List.of(meanwhile));
        steps.add(live::discover);
        steps.add(() -> resumed.add(live.resume(subscription, first.lastId())));
        steps.add(live::fillGaps);
        steps.add(live::fillGaps);
        live.run(steps.toArray(Runnable[]::new));
        return resumed.get(0).events();
    }

    private void waitLong() {
        live.clock().move(CreatedTopics.CLOCK_SKEW.multipliedBy(2));
    }

    private void createAndStore(int from, int to) {
        kafka.create(BOILERS, 1);
        live.send(from, to);
        live.store().ingest(BOILERS, 0, kafka.end(new TopicPartition(BOILERS.topic(), 0)));
    }

    @Test
    void fillsInATopicThatIsCreatedAndDeletedBehindAnIdOfAllTopics() {
        assertThat(resumeBehind(everything(), this::waitLong, () -> createAndStore(1, 2), () -> kafka.delete(BOILERS)))
                .isEqualTo(sequence(GAP, values(1, 2)));
    }

    @Test
    void fillsInATopicThatIsCreatedAndRecreatedBehindAnIdOfAllTopics() {
        assertThat(resumeBehind(everything(), this::waitLong, () -> createAndStore(1, 2), () -> createAndStore(3, 4)))
                .isEqualTo(sequence(GAP, values(1, 4)));
    }

    @Test
    void fillsInTheTopicOfAStreamThatBeginsBeforeIt() {
        assertThat(resumeBehind(
                        ofType(BOILERS), this::waitLong, () -> createAndStore(1, 2), () -> createAndStore(3, 4)))
                .isEqualTo(sequence(GAP, values(1, 4)));
    }

    @Test
    void fillsInOneOfSeveralTopics() {
        Subscription both = ofSensors(Set.of(BOILERS, DOORS), "a", "d");
        assertThat(resumeBehind(both, this::waitLong, () -> createAndStore(1, 2), () -> kafka.delete(BOILERS)))
                .isEqualTo(sequence(GAP, values(1, 2)));
    }

    /** The id names it, though it has no readings yet. */
    @Test
    void fillsInATopicThatIsEmptyAtTheIdAndDeletedBehindIt() {
        kafka.create(BOILERS, 1);
        assertThat(resumeBehind(
                        everything(),
                        () -> {
                            live.send(1, 2);
                            live.store().ingest(BOILERS, 0, 2);
                        },
                        () -> kafka.delete(BOILERS)))
                .isEqualTo(sequence(GAP, values(1, 2)));
    }

    /** It is unknown whether the client received it: the clocks may differ. */
    @Test
    void reportsATopicThatIsCreatedAtAboutTheTimeOfTheId() {
        assertThat(resumeBehind(everything(), () -> createAndStore(1, 2), () -> createAndStore(3, 4)))
                .isEqualTo(sequence(GAP, values(3, 4)));
    }

    @Test
    void reportsATopicBehindAnIdOfAReplicaWhoseClockIsAhead() {
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> live.leave(first),
                () -> createAndStore(1, 2),
                () -> createAndStore(3, 4),
                live::discover,
                () -> {
                    long ahead = live.clock().millis() + 5_000;
                    EventId id = first.parsedId(first.lastId()).withTopicsKnownAt(ahead);
                    String text = id.text(first.subscription().fingerprint());
                    resumed.add(live.resume(everything(), Objects.requireNonNull(text)));
                },
                live::fillGaps);
        assertThat(resumed.get(0).events()).isEqualTo(sequence(GAP, values(3, 4)));
    }

    @Test
    void reportsNothingWhereTheTopicStillExists() {
        assertThat(resumeBehind(everything(), () -> createAndStore(1, 2))).isEqualTo(values(1, 2));
    }

    @Test
    void reportsNothingWhereTheTopicWasDeletedLongBefore() {
        createAndStore(1, 2);
        kafka.delete(BOILERS);
        waitLong();
        assertThat(resumeBehind(everything(), live::discover)).isEmpty();
    }

    /** The time of a topic is that of its epoch, not that of its successor's. */
    @Test
    void reportsNothingWhereATopicThatWasDeletedLongBeforeIsRecreated() {
        createAndStore(1, 2);
        kafka.delete(BOILERS);
        waitLong();
        assertThat(resumeBehind(everything(), () -> createAndStore(3, 4))).isEqualTo(values(3, 4));
    }

    @Test
    void deliversNothingTwiceOfATopicThatIsCreatedDuringAReplay() {
        live.store().register(BOILERS, "a");
        StreamClient first = live.replay(everything(), 0);
        live.run(
                () -> live.leave(first),
                this::waitLong,
                () -> createAndStore(1, 2),
                () -> createAndStore(3, 4),
                () -> resumed.add(live.resume(everything(), first.ids().get(0))),
                live::fillGaps,
                live::fillGaps);
        assertThat(resumed.get(0).events())
                .filteredOn(event -> !event.equals("caught-up"))
                .isEqualTo(sequence(GAP, values(1, 4)));
    }

    @Test
    void findsATopicThatIsCreatedAndDeletedDuringACatchUp() {
        StreamClient first = live.subscribe(everything());
        live.run(
                () -> live.leave(first),
                () -> {
                    for (int value = 1; value <= 2 * StreamClient.WAITING_EVENTS; value++) {
                        kafka.send(DOORS, 0, "d", value);
                    }
                    resumed.add(live.resume(everything(), first.lastId()));
                    resumed.get(0).block();
                },
                live::catchUp,
                this::waitLong,
                () -> createAndStore(1, 2),
                () -> kafka.delete(BOILERS),
                live::discover,
                () -> {
                    resumed.get(0).unblock();
                    live.fillGaps();
                },
                live::fillGaps);
        assertThat(resumed.get(0).events())
                .filteredOn(event -> !event.startsWith("d="))
                .isEqualTo(sequence(GAP, values(1, 2)));
    }

    @Test
    void continuesWithoutTheStore() {
        assertThat(resumeBehind(everything(), () -> createAndStore(1, 2), () -> createAndStore(3, 4), () -> live.store()
                        .failAfterPages(0)))
                .isEqualTo(values(3, 4));
    }

    @Test
    void sendsOneRequestForAllStreamsAndNoneForIdsThatNameEachTopic() {
        StreamClient first = live.subscribe(everything());
        StreamClient second = live.subscribe(ofType(DOORS));
        live.run(
                () -> {
                    live.leave(first);
                    live.leave(second);
                },
                live::discover,
                () -> live.resume(ofType(DOORS), second.lastId()),
                live::catchUp,
                () -> assertThat(live.store().newestRequests()).isZero(),
                () -> {
                    for (int each = 0; each < 5; each++) {
                        live.resume(everything(), first.lastId());
                    }
                },
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    live.catchUp();
                },
                () -> assertThat(live.store().newestRequests()).isEqualTo(1));
    }
}
