package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofSensor;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ReplayServiceTest extends ReplayFixture {

    @Test
    void replaysEachStoredReadingOnceBeforeCaughtUp() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 6);
        live.store().ingest(BOILERS, 0, 4);
        // Stored, but behind the durable offset: Kafka supplies it.
        live.store().store(BOILERS, 0, 5);
        replay();
        live.run(
                () -> {
                    assertThat(client(0).events()).isEqualTo(values("a", 1, 4));
                    live.catchUp();
                    send("a", 7, 7);
                },
                live::catchUpLater,
                () -> send("a", 8, 8));
        assertThat(client(0).events()).isEqualTo(with(with(values("a", 1, 6), "caught-up"), "a=7", "a=8"));
    }

    @Test
    void replaysSensorAfterSensorInOrderOfTime() {
        live.kafka().create(BOILERS, 2);
        for (int value : new int[] {3, 1, 5, 2, 4}) {
            live.kafka().send(BOILERS, 0, "b", value);
            live.kafka().send(BOILERS, 1, "a", value);
        }
        live.store().ingest(BOILERS, 0, 5);
        live.store().ingest(BOILERS, 1, 5);
        replay();
        live.run(live::catchUp);
        List<String> expected = new ArrayList<>(values("a", 1, 5));
        expected.addAll(values("b", 1, 5));
        assertThat(client(0).events()).isEqualTo(with(expected, "caught-up"));
    }

    @Test
    void replaysFromTheGivenInstantOn() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 6);
        live.store().ingest(BOILERS, 0, 6);
        clients.add(live.replay(ofType(BOILERS), KafkaLog.millis(4)));
        live.run(live::catchUp);
        assertThat(client(0).events()).containsExactly("a=4", "a=5", "a=6", "caught-up");
    }

    @Test
    void replaysOneSensorOnly() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 2);
        send("b", 1, 2);
        live.store().ingest(BOILERS, 0, 4);
        clients.add(live.replay(ofSensor("b"), 0));
        live.run(live::catchUp);
        assertThat(client(0).events()).containsExactly("b=1", "b=2", "caught-up");
    }

    @Test
    void readsKafkaFromItsStartWhereNothingIsDurable() {
        live.kafka().create(BOILERS, 2);
        send("a", 1, 3);
        live.kafka().send(BOILERS, 1, "b", 1);
        live.kafka().removeBefore(BOILERS, 0, 1);
        live.store().store(BOILERS, 0, 3);
        live.store().ingest(BOILERS, 1, 1);
        replay();
        live.run(live::catchUp);
        assertThat(client(0).events()).containsExactly("b=1", "a=2", "a=3", "caught-up");
    }

    @Test
    void replaysEarlierTopicsOfTheNameWhole() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 5);
        live.store().ingest(BOILERS, 0, 5);
        live.kafka().create(BOILERS, 1);
        send("a", 6, 7);
        live.store().ingest(BOILERS, 0, 1);
        replay();
        live.run(live::catchUp);
        assertThat(client(0).events()).isEqualTo(with(values("a", 1, 7), "caught-up"));
    }

    @Test
    void replaysTheNewestOfEachSensorForTheLatest() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 4);
        send("b", 1, 2);
        live.store().ingest(BOILERS, 0, 6);
        replay(Mode.LATEST);
        live.run(live::catchUp);
        assertThat(client(0).events()).containsExactly("a=4", "b=2", "caught-up");
    }

    @Test
    void waitsForTheProgressOfWhatIsStored() {
        live.kafka().create(BOILERS, 1);
        long first = KafkaLog.FIRST_MILLIS;
        live.kafka().send(BOILERS, 0, "a", first + 1_000, 0);
        live.kafka().send(BOILERS, 0, "a", first, 1);
        live.kafka().send(BOILERS, 0, "a", first, 2);
        // A range read shows both readings now; ingest has not stored its progress yet.
        live.store().store(BOILERS, 0, 3);
        live.awaitProgress();
        replay();
        live.run(
                () -> assertThat(client(0).events()).isEmpty(),
                () -> {
                    live.store().ingest(BOILERS, 0, 3);
                    live.timers().fire();
                },
                live::catchUp);
        assertThat(client(0).events()).containsExactly("a=2", "a=0", "caught-up");
    }

    @Test
    void doesNotWaitForAnIngestThatIsFarBehind() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 3);
        live.store().ingest(BOILERS, 0, 2);
        live.awaitProgress();
        replay();
        live.run(live::endWaitForProgress, live::catchUp);
        assertThat(client(0).events()).containsExactly("a=1", "a=2", "a=3", "caught-up");
    }

    @Test
    void findsTheNewestBeforeManyThatKafkaGives() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 40);
        live.store().ingest(BOILERS, 0, 2);
        live.store().store(BOILERS, 0, 40);
        replay(Mode.LATEST);
        live.run(() -> assertThat(client(0).events()).containsExactly("a=2"));
    }

    @Test
    void resumesInTheMiddleOfAReplay() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 5);
        send("b", 1, 3);
        send("a", 6, 6);
        live.store().ingest(BOILERS, 0, 8);
        replay();
        live.run(() -> {
            live.catchUp();
            List<String> all = client(0).events();
            assertThat(all).hasSize(10).endsWith("a=6", "caught-up");
            for (String event : all.subList(0, 9)) {
                StreamClient next = live.resume(ofType(BOILERS), client(0).idOf(event));
                live.catchUp();
                assertThat(next.events()).as("behind %s", event).isEqualTo(all.subList(all.indexOf(event) + 1, 10));
            }
        });
    }

    @Test
    void resumesTheLatestBehindTheSensorItStoppedAt() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 2);
        send("b", 1, 2);
        send("c", 1, 2);
        live.store().ingest(BOILERS, 0, 6);
        replay(Mode.LATEST);
        live.run(() -> {
            StreamClient next = live.resume(ofType(BOILERS), client(0).idOf("b=2"), Mode.LATEST);
            live.catchUp();
            assertThat(next.events()).containsExactly("c=2", "caught-up");
        });
    }

    @Test
    void keepsTheCutoverOfTheIdWhereMoreIsDurableSince() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 6);
        live.store().ingest(BOILERS, 0, 3);
        replay();
        live.run(() -> {
            live.store().ingest(BOILERS, 0, 6);
            StreamClient next = live.resume(ofType(BOILERS), client(0).idOf("a=1"));
            live.catchUp();
            assertThat(next.events()).isEqualTo(with(values("a", 2, 6), "caught-up"));
        });
    }

    @Test
    void fillsAGapThenContinues() {
        live.kafka().create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send("a", 1, 10), () -> {
            live.store().ingest(BOILERS, 0, 10);
            live.kafka().removeBefore(BOILERS, 0, 6);
            clients.add(live.resume(ofType(BOILERS), first.idOf("a=2")));
            live.fillGaps();
            send("a", 11, 11);
        });
        assertThat(client(0).events())
                .isEqualTo(with(
                        List.of("gap retention"), "a=3", "a=4", "a=5", "a=6", "a=7", "a=8", "a=9", "a=10", "a=11"));
    }

    @Test
    void fillsAGapOnceHoweverOftenItIsResumed() {
        live.kafka().create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send("a", 1, 10), () -> {
            live.store().ingest(BOILERS, 0, 10);
            live.kafka().removeBefore(BOILERS, 0, 6);
            clients.add(live.resume(ofType(BOILERS), first.idOf("a=2")));
            live.catchUp();
            List<String> all = client(0).events();
            for (String event : all) {
                StreamClient next = live.resume(ofType(BOILERS), client(0).idOf(event));
                live.catchUp();
                assertThat(next.events())
                        .as("behind %s", event)
                        .isEqualTo(all.subList(all.indexOf(event) + 1, all.size()));
            }
        });
    }

    @Test
    void continuesWithoutAGapFillWhenTheStoreFails() {
        live.kafka().create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send("a", 1, 4), () -> {
            live.store().ingest(BOILERS, 0, 4);
            live.kafka().removeBefore(BOILERS, 0, 2);
            live.store().failAfterPages(0);
            clients.add(live.resume(ofType(BOILERS), first.idOf("a=1")));
            live.fillGaps();
            live.catchUpLater();
            live.catchUpLater();
        });
        assertThat(client(0).events()).containsExactly("gap retention", "a=3", "a=4");
    }

    @Test
    void fillsOnlyTheLastHourAboveTheLimit() {
        settings(3, 1);
        live.kafka().create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        long now = live.clock().millis();
        live.run(
                () -> {
                    send("a", 1, 3);
                    live.kafka().send(BOILERS, 0, "a", now - 60_000, 4);
                    live.kafka().send(BOILERS, 0, "a", now, 5);
                },
                () -> {
                    live.store().ingest(BOILERS, 0, 5);
                    live.kafka().removeBefore(BOILERS, 0, 4);
                    clients.add(live.resume(ofType(BOILERS), first.idOf("a=1")));
                    live.fillGaps();
                });
        assertThat(client(0).events()).containsExactly("gap retention", "a=4", "a=5");
    }

    @Test
    void fillsNothingForTooManySensors() {
        live.kafka().create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send("a", 1, 4), () -> {
            live.store().ingest(BOILERS, 0, 4);
            for (int sensor = 0; sensor < ReplaySelection.MAX_SENSORS; sensor++) {
                live.store().register(BOILERS, "s" + sensor);
            }
            live.kafka().removeBefore(BOILERS, 0, 2);
            clients.add(live.resume(ofType(BOILERS), first.idOf("a=1")));
            live.fillGaps();
        });
        assertThat(client(0).events()).containsExactly("gap retention", "a=3", "a=4");
    }

    @Test
    void replaysSeveralTopics() {
        live.kafka().create(BOILERS, 1);
        live.kafka().create(DOORS, 1);
        send("a", 1, 2);
        live.kafka().send(DOORS, 0, "d", 1);
        live.kafka().send(DOORS, 0, "d", 2);
        live.store().ingest(BOILERS, 0, 2);
        live.store().ingest(DOORS, 0, 1);
        clients.add(live.replay(everything(), 0));
        live.run(live::catchUp);
        assertThat(client(0).events()).containsExactly("a=1", "a=2", "d=1", "d=2", "caught-up");
    }
}
