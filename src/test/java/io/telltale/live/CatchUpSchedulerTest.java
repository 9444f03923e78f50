package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.ofSensor;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class CatchUpSchedulerTest {

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();
    private final List<StreamClient> resumed = new ArrayList<>();
    private StreamClient first = new StreamClient(ofType(BOILERS), Mode.EVERY, live.hub());

    @BeforeEach
    void openAStream() {
        kafka.create(BOILERS, 1);
        live.pollAtMost(1);
        first = live.subscribe(ofType(BOILERS));
    }

    private void sendFive() {
        for (int value = 1; value <= 5; value++) {
            kafka.send(BOILERS, 0, "a", value);
        }
    }

    /** Runs a step when the tail, which polls one record at a time, has delivered five. */
    private void runBehindFive(Runnable step) {
        live.run(
                this::sendFive,
                CatchUpSchedulerTest::nothing,
                CatchUpSchedulerTest::nothing,
                CatchUpSchedulerTest::nothing,
                CatchUpSchedulerTest::nothing,
                step);
    }

    private void resumeBehindTheFirst() {
        resumed.add(live.resume(ofType(BOILERS), first.idOf("a=1")));
    }

    private static void nothing() {}

    @Test
    void alternatesCatchUpsByPoll() {
        List<Integer> leads = new ArrayList<>();
        runBehindFive(() -> {
            resumeBehindTheFirst();
            resumeBehindTheFirst();
            for (int poll = 0; poll < 8; poll++) {
                live.atCatchUpPoll(() -> leads.add(
                        resumed.get(0).events().size() - resumed.get(1).events().size()));
            }
            live.catchUp();
        });
        assertThat(resumed)
                .allSatisfy(client -> assertThat(client.events()).containsExactly("a=2", "a=3", "a=4", "a=5"));
        assertThat(leads).hasSize(8).allSatisfy(lead -> assertThat(lead).isBetween(0, 1));
    }

    @Test
    void stopsReadingForAClientThatLeft() {
        runBehindFive(() -> {
            resumeBehindTheFirst();
            live.atCatchUpPoll(() -> live.leave(resumed.get(0)));
            live.catchUp();
        });
        assertThat(live.catchUpConsumers()).singleElement().satisfies(consumer -> {
            assertThat(consumer.polls()).isEqualTo(1);
            assertThat(consumer.closed()).isTrue();
        });
        assertThat(resumed.get(0).timesLeft()).isEqualTo(1);
        assertThat(live.timers().fire()).isZero();
    }

    @Test
    void aClientThatLeavesWhileItWaitsIsNotCalledAgain() {
        runBehindFive(() -> {
            for (int value = 6; value <= 40; value++) {
                kafka.send(BOILERS, 0, "a", value);
            }
        });
        StreamClient anchor = live.subscribe(ofType(BOILERS));
        live.run(() -> {
            resumeBehindTheFirst();
            resumed.get(0).block();
            live.catchUp();
            assertThat(live.catchUpRuns()).isZero();
            live.leave(resumed.get(0));
            resumed.get(0).unblock();
            assertThat(live.catchUpRuns()).isZero();
        });
        assertThat(anchor.events()).isEmpty();
        assertThat(resumed.get(0).timesLeft()).isEqualTo(1);
    }

    @Test
    void retriesWhereKafkaFailed() {
        runBehindFive(() -> {
            resumeBehindTheFirst();
            live.atCatchUpPoll(CatchUpSchedulerTest::nothing);
            live.atCatchUpPoll(() -> kafka.failWith(new TimeoutException("no answer")));
            live.catchUp();
            assertThat(resumed.get(0).events()).containsExactly("a=2");
            kafka.failWith(null);
            live.catchUpLater();
        });
        assertThat(resumed.get(0).events()).containsExactly("a=2", "a=3", "a=4", "a=5");
    }

    @Test
    void retriesWhereTheConsumerDoesNotOpen() {
        runBehindFive(() -> {
            resumeBehindTheFirst();
            resumeBehindTheFirst();
            kafka.failWith(new TimeoutException("no answer"));
            live.catchUp();
            kafka.failWith(null);
            live.catchUpLater();
        });
        assertThat(resumed)
                .allSatisfy(client -> assertThat(client.events()).containsExactly("a=2", "a=3", "a=4", "a=5"));
    }

    @Test
    void dismissesOnlyTheClientWhoseRecordsItCannotDecode() {
        live.subscribe(ofSensor("b"));
        live.run(
                () -> {
                    kafka.send(BOILERS, 0, "a", 1);
                    kafka.send(BOILERS, 0, "b", 1);
                },
                CatchUpSchedulerTest::nothing,
                () -> {
                    resumed.add(live.resume(ofType(BOILERS), first.idOf("a=1")));
                    resumed.add(live.resume(ofType(BOILERS), first.idOf("b=1")));
                    live.decoder().breakAt("b");
                    live.catchUp();
                    live.decoder().breakAt(null);
                    kafka.send(BOILERS, 0, "a", 2);
                });
        assertThat(resumed.get(0).events()).containsExactly("goodbye");
        assertThat(resumed.get(0).timesLeft()).isEqualTo(1);
        assertThat(resumed.get(1).events()).containsExactly("a=2");
    }

    @Test
    void retriesAClientThatWaitsForTheTail() {
        live.run(
                () -> kafka.send(BOILERS, 0, "a", 1),
                () -> {
                    kafka.send(BOILERS, 0, "a", 2);
                    Positions ahead = live.position().of(first.subscription());
                    ahead.byPartition().keySet().forEach(partition -> ahead.moveTo(partition, 2));
                    String id = EventId.of(first.subscription(), ahead, null)
                            .text(first.subscription().fingerprint());
                    resumed.add(live.resume(ofType(BOILERS), String.valueOf(id)));
                    live.catchUp();
                    assertThat(resumed.get(0).subscriber().isReceiving()).isFalse();
                },
                () -> {
                    live.catchUpLater();
                    assertThat(resumed.get(0).subscriber().isReceiving()).isTrue();
                    kafka.send(BOILERS, 0, "a", 3);
                });
        assertThat(resumed.get(0).events()).containsExactly("a=3");
    }

    @Test
    void endsWithoutCatchUpsAndStartsAgain() {
        runBehindFive(() -> {
            resumeBehindTheFirst();
            assertThat(live.catchUpRuns()).isEqualTo(1);
            live.catchUp();
            resumeBehindTheFirst();
            assertThat(live.catchUpRuns()).isEqualTo(1);
            live.catchUp();
        });
        assertThat(live.catchUpConsumers()).hasSize(2).allSatisfy(consumer -> assertThat(consumer.closed())
                .isTrue());
        assertThat(resumed.get(1).events()).hasSize(4);
    }

    @Test
    void stopsAtShutdown() {
        runBehindFive(() -> {
            resumeBehindTheFirst();
            live.atCatchUpPoll(() -> live.catchUpScheduler().stop(new ShutdownEvent()));
            live.catchUp();
            resumeBehindTheFirst();
            assertThat(live.catchUpRuns()).isZero();
        });
        assertThat(live.catchUpConsumers()).singleElement().satisfies(consumer -> {
            assertThat(consumer.polls()).isEqualTo(1);
            assertThat(consumer.closed()).isTrue();
        });
        assertThat(resumed.get(0).events()).as("delivered after the wakeup").isEmpty();
    }

    @Test
    void doesNotReadWhereTheShutdownComesFirst() {
        runBehindFive(() -> {
            resumeBehindTheFirst();
            live.catchUpScheduler().stop(new ShutdownEvent());
            live.catchUp();
        });
        assertThat(live.catchUpConsumers()).singleElement().satisfies(consumer -> {
            assertThat(consumer.polls()).isZero();
            assertThat(consumer.closed()).isTrue();
        });
    }
}
