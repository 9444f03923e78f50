package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.live.CatchUp.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class CatchUpTest extends CatchUpFixture {

    @Test
    void meetsTheTailWithoutGapOrDuplicate() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 3),
                () -> {
                    assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
                    assertThat(resumedEvents()).isEqualTo(values(2, 3));
                    // The tail publishes 4, which is not buffered: the client is catching up.
                    send(4, 4);
                },
                () -> {
                    assertThat(resumed().step()).isEqualTo(Step.CONTINUE);
                    // The tail publishes 5, which is buffered until 4 has been read.
                    send(5, 5);
                },
                () -> {
                    assertThat(resumedEvents()).isEqualTo(values(2, 3));
                    assertThat(resumed().step()).isEqualTo(Step.CONTINUE);
                    assertThat(resumedEvents()).isEqualTo(values(2, 4));
                    assertThat(resumed().step()).isEqualTo(Step.DONE);
                    assertThat(resumedEvents()).isEqualTo(values(2, 5));
                    send(6, 6);
                },
                () -> assertThat(resumedEvents()).isEqualTo(values(2, 6)));
        assertThat(first.events()).isEqualTo(values(1, 6));
    }

    /** They are still in Kafka. */
    @Test
    void omitsReadingsThatWereDeleted() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 5), () -> {
            live.decoder().delete((reading, recordTimeMillis) -> reading.timestampMillis() == KafkaLog.millis(3));
            assertThat(resume(first, "a=1").drive()).isEqualTo(Step.DONE);
        });
        assertThat(resumedEvents()).containsExactly("a=2", "a=4", "a=5");
    }

    @Test
    void anIdOfTheCatchUpResumesBehindIt() {
        kafka.create(BOILERS, 2);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 4), () -> kafka.send(BOILERS, 1, "b", 1), () -> {
            resume(first, "a=1").drive();
            Resumed before = resumed();
            assertThat(before.events()).containsExactlyInAnyOrder("a=2", "a=3", "a=4", "b=1");
            for (String event : before.events()) {
                List<String> rest = before.events().subList(before.events().indexOf(event) + 1, 4);
                assertThat(resume(before.client, event).drive()).isEqualTo(Step.DONE);
                assertThat(resumedEvents()).as("behind %s", event).isEqualTo(rest);
            }
        });
    }

    @Test
    void readsAgainWhenTheBufferIsFull() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        int last = 1 + 2 * StreamClient.WAITING_EVENTS;
        live.run(
                () -> send(1, 1),
                () -> {
                    assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
                    assertThat(resumed().client.subscriber().isReceiving()).isTrue();
                    send(2, last);
                },
                () -> {
                    assertThat(resumed().step()).isEqualTo(Step.CONTINUE);
                    assertThat(resumedEvents()).isEmpty();
                    assertThat(resumed().drive()).isEqualTo(Step.DONE);
                });
        assertThat(resumedEvents()).isEqualTo(values(2, last));
    }

    @Test
    void passesTransactionMarkers() {
        kafka.create(BOILERS, 2);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    send(1, 2);
                    kafka.endTransaction(BOILERS, 0);
                    send(3, 3);
                    kafka.endTransaction(BOILERS, 0);
                    kafka.endTransaction(BOILERS, 1);
                },
                () -> {
                    assertThat(resume(first, "a=1").drive()).isEqualTo(Step.DONE);
                    assertThat(resumedEvents()).isEqualTo(values(2, 3));
                    send(4, 4);
                },
                () -> assertThat(resume(first, "a=3").drive()).isEqualTo(Step.DONE));
        assertThat(resumedEvents()).isEqualTo(values(4, 4));
    }

    @Test
    void reachesATailBehindAMarker() {
        kafka.create(BOILERS, 1);
        send(1, 1);
        kafka.endTransaction(BOILERS, 0);
        // Another replica sent this id before the record.
        EventId from = at(0);
        live.subscribe(ofType(BOILERS));
        live.run(() -> {
            assertThat(resume(ofType(BOILERS), from).drive()).isEqualTo(Step.DONE);
            send(2, 2);
        });
        assertThat(resumedEvents()).isEqualTo(values(1, 2));
    }

    @Test
    void waitsForATailThatIsBehind() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    send(1, 3);
                    // Another replica, whose tail is ahead, sent the id.
                    assertThat(resume(ofType(BOILERS), at(2)).drive()).isEqualTo(Step.RETRY_SOON);
                },
                () -> {
                    assertThat(resumed().drive()).isEqualTo(Step.DONE);
                    send(4, 4);
                });
        assertThat(resumedEvents()).isEqualTo(values(3, 4));
    }

    @Test
    void continuesInTheMiddleOfAPack() {
        kafka.create(BOILERS, 2);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    kafka.sendPack(BOILERS, 0, "a", 1, 2, 3);
                    send(4, 4);
                },
                () -> kafka.send(BOILERS, 1, "b", 1),
                () -> assertThat(resume(first, "a=1").drive()).isEqualTo(Step.DONE));
        assertThat(resumedEvents()).startsWith("a=2", "a=3").containsExactlyInAnyOrder("a=2", "a=3", "a=4", "b=1");
    }

    @Test
    void waitsForATailThatIsBehindThePack() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    kafka.sendPack(BOILERS, 0, "a", 1, 2, 3);
                    int mark = Objects.requireNonNull(kafka.topics().get("sensors.boilers"))
                            .idHash();
                    EventId from = EventId.of(ofType(BOILERS), positions(0), new EventId.PartialRecord(mark, 0, 1));
                    assertThat(resume(ofType(BOILERS), from).drive()).isEqualTo(Step.RETRY_SOON);
                },
                () -> assertThat(resumed().drive()).isEqualTo(Step.DONE));
        assertThat(resumedEvents()).isEqualTo(values(2, 3));
    }

    @Test
    void waitsForAClientThatReadsSlowly() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(() -> send(1, 50), () -> {
            StreamClient client = resume(first, "a=1").client;
            client.block();
            assertThat(resumed().drive()).isEqualTo(Step.AWAIT_CAPACITY);
            int rounds = 0;
            for (Step step = Step.AWAIT_CAPACITY;
                    step != Step.DONE;
                    step = resumed().drive()) {
                assertThat(step).isEqualTo(Step.AWAIT_CAPACITY);
                int before = client.events().size();
                client.readOnce();
                rounds++;
                assertThat(resumed().capacityCalls).as("calls to go on").isEqualTo(rounds);
                assertThat(client.events().size() - before)
                        .as("events that waited")
                        .isLessThanOrEqualTo(StreamClient.WAITING_EVENTS / 2);
            }
            client.unblock();
        });
        assertThat(resumedEvents()).isEqualTo(values(2, 50));
        assertThat(live.gaps("slow-client")).isZero();
    }

    @Test
    void readsAgainWhereKafkaFailedAtTheCutover() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 3),
                () -> {
                    assertThat(resume(first, "a=1").step()).isEqualTo(Step.CONTINUE);
                    kafka.failWith(new TimeoutException("no answer"));
                    assertThatThrownBy(() -> resumed().step()).isInstanceOf(KafkaException.class);
                    kafka.failWith(null);
                    send(4, 5);
                },
                () -> {
                    assertThat(resumed().drive()).isEqualTo(Step.DONE);
                    send(6, 6);
                });
        assertThat(resumedEvents()).isEqualTo(values(2, 6));
    }

    @Test
    void sendsCaughtUpBeforeBufferedEvents() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.run(
                () -> send(1, 2),
                () -> {
                    Resumed client = resume(ofType(BOILERS), at(0).withCatchingUp(true));
                    assertThat(client.step()).isEqualTo(Step.CONTINUE);
                    assertThat(client.step()).isEqualTo(Step.CONTINUE);
                    send(3, 3);
                },
                () -> assertThat(resumed().step()).isEqualTo(Step.DONE));
        assertThat(resumedEvents()).containsExactly("a=1", "a=2", "caught-up", "a=3");
        StreamClient client = resumed().client;
        assertThat(client.parsedId(client.idOf("a=2")).isCatchingUp()).isTrue();
        assertThat(client.parsedId(client.idOf("caught-up")).isCatchingUp()).isFalse();
    }

    @Test
    void theIdOfASlowClientsGapResumesWithoutLoss() {
        kafka.create(BOILERS, 1);
        StreamClient slow = live.subscribe(ofType(BOILERS));
        List<String> before = new ArrayList<>();
        live.run(
                () -> send(1, 1),
                () -> {
                    slow.block();
                    send(2, 60);
                },
                () -> {
                    slow.unblock();
                    before.addAll(slow.events().subList(0, slow.events().indexOf("gap slow-client")));
                    assertThat(resume(slow, "gap slow-client").drive()).isEqualTo(Step.DONE);
                });
        before.addAll(resumedEvents());
        assertThat(before).isEqualTo(values(1, 60));
    }
}
