package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofSensor;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TailTest {

    private static final TopicPartition FIRST = new TopicPartition("sensors.boilers", 0);

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();

    @Test
    void deliversEachRecordAfterTheFirstIdOnceInOrder() {
        kafka.create(BOILERS, 2);
        kafka.send(BOILERS, 0, "a", 1);
        kafka.send(BOILERS, 1, "b", 1);
        live.pollAtMost(2);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    for (int value = 2; value <= 5; value++) {
                        kafka.send(BOILERS, 0, "a", value);
                        kafka.send(BOILERS, 1, "b", value);
                    }
                },
                live::discover,
                () -> {},
                () -> {},
                () -> kafka.send(BOILERS, 0, "a", 6),
                () -> {},
                () -> {});
        assertThat(client.events())
                .filteredOn(event -> event.startsWith("a"))
                .containsExactly("a=2", "a=3", "a=4", "a=5", "a=6");
        assertThat(client.events())
                .filteredOn(event -> event.startsWith("b"))
                .containsExactly("b=2", "b=3", "b=4", "b=5");
    }

    @Test
    void startsAtTheEndAlsoBehindAMarker() {
        kafka.create(BOILERS, 1);
        kafka.send(BOILERS, 0, "a", 1);
        kafka.endTransaction(BOILERS, 0);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(() -> kafka.send(BOILERS, 0, "a", 2));
        assertThat(client.events()).containsExactly("a=2");
        assertThat(next(client, client.ids().get(0), 0)).isEqualTo(2);
        assertThat(next(client, client.lastId(), 0)).isEqualTo(3);
    }

    @Test
    void anAssignmentBehindAMarkerRepeatsNothing() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(everything());
        live.run(
                () -> {
                    kafka.send(BOILERS, 0, "a", 1);
                    kafka.endTransaction(BOILERS, 0);
                    kafka.send(BOILERS, 0, "a", 2);
                    kafka.endTransaction(BOILERS, 0);
                },
                () -> {
                    kafka.create(DOORS, 1);
                    live.discover();
                },
                () -> kafka.send(BOILERS, 0, "a", 3));
        assertThat(client.events()).containsExactly("a=1", "a=2", "a=3");
    }

    @Test
    void aSlowClientReceivesAGapAndBoundedEvents() {
        kafka.create(BOILERS, 1);
        StreamClient slow = live.subscribe(ofType(BOILERS));
        StreamClient fast = live.subscribe(ofType(BOILERS));
        live.run(
                slow::block,
                () -> {
                    for (int value = 1; value <= 100; value++) {
                        kafka.send(BOILERS, 0, "a", value);
                    }
                },
                slow::unblock,
                () -> kafka.send(BOILERS, 0, "a", 101));
        assertThat(slow.events().get(0)).isEqualTo("gap slow-client");
        assertThat(slow.events())
                .hasSizeLessThanOrEqualTo(2 + StreamClient.WAITING_EVENTS)
                .endsWith("a=100", "a=101");
        assertThat(fast.events()).hasSize(101).doesNotContain("gap slow-client");
        assertThat(live.gaps("slow-client")).isEqualTo(1);
    }

    @Test
    void deliversToASubscriberThatArrivesDuringDecoding() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofSensor("a"));
        List<StreamClient> late = new ArrayList<>();
        live.run(() -> {
            live.decoder().afterNext(() -> late.add(live.subscribe(ofSensor("b"))));
            kafka.send(BOILERS, 0, "b", 1);
        });
        assertThat(late.get(0).events()).containsExactly("b=1");
    }

    @Test
    void movesPastARecordWithoutASubscriber() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofSensor("a"));
        live.run(
                () -> {
                    kafka.send(BOILERS, 0, "a", 1);
                    kafka.send(BOILERS, 0, "b", 1);
                },
                live.position()::heartbeat);
        assertThat(client.events()).containsExactly("a=1");
        assertThat(next(client, client.lastId(), 0)).isEqualTo(2);
    }

    @Test
    void idsWithinAPackCountItsReadings() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(() -> kafka.sendPack(BOILERS, 0, "a", 1, 2, 3));
        assertThat(client.events()).containsExactly("a=1", "a=2", "a=3");
        assertThat(client.parsedId(client.idOf("a=2")).partialRecord())
                .isNotNull()
                .extracting(EventId.PartialRecord::delivered)
                .isEqualTo(2);
        assertThat(next(client, client.idOf("a=2"), 0)).isZero();
        assertThat(client.parsedId(client.idOf("a=3")).partialRecord()).isNull();
        assertThat(next(client, client.idOf("a=3"), 0)).isEqualTo(1);
    }

    @Test
    void continuesAtItsPositionAfterKafkaFailed() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(() -> kafka.send(BOILERS, 0, "a", 1), () -> kafka.failWith(new TimeoutException("no answer")));
        kafka.send(BOILERS, 0, "a", 2);
        kafka.failWith(null);
        assertThat(live.timers().fire()).isEqualTo(1);
        live.run(() -> {}, () -> kafka.send(BOILERS, 0, "a", 3));
        assertThat(client.events()).containsExactly("a=1", "a=2", "a=3");
    }

    @Test
    void skipsARecordThatItCannotDecode() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.decoder().breakAt("broken");
        live.run(() -> {
            kafka.send(BOILERS, 0, "a", 1);
            kafka.send(BOILERS, 0, "broken", 1);
            kafka.send(BOILERS, 0, "a", 2);
        });
        live.timers().fire();
        live.run(() -> {});
        assertThat(client.events()).containsExactly("a=1", "a=2");
    }

    @Test
    void failsAClientWhereKafkaDoesNotAnswer() {
        kafka.failWith(new TimeoutException("no answer"));
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run();
        assertThat(client.failure()).isInstanceOf(KafkaException.class);
    }

    @Test
    void failsOnlyTheNewClientWhenDiscoveryFails() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient boilers = live.subscribe(ofType(BOILERS));
        List<StreamClient> doors = new ArrayList<>();
        live.run(
                () -> {
                    live.topics().whenAsked(() -> {
                        throw new TimeoutException("no answer");
                    });
                    doors.add(live.subscribe(ofType(DOORS)));
                },
                () -> kafka.send(BOILERS, 0, "a", 1));
        assertThat(doors.get(0).failure()).isInstanceOf(KafkaException.class);
        assertThat(boilers.events()).containsExactly("a=1");
    }

    @Test
    void endsWithoutClientsAndStartsAgainAtTheEnd() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.run();
        assertThat(live.tailConsumer(0).closed()).isTrue();
        assertThat(live.timers().fire()).isZero();
        kafka.send(BOILERS, 0, "a", 1);
        StreamClient next = live.subscribe(ofType(BOILERS));
        live.run(() -> kafka.send(BOILERS, 0, "a", 2));
        assertThat(next.events()).containsExactly("a=2");
    }

    @Test
    void stopsAtShutdownAndDoesNotStartAgain() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.run(() -> live.tail().stop(new ShutdownEvent()));
        assertThat(live.tailConsumer(0).closed()).isTrue();
        assertThat(live.tailConsumer(0).polls()).isEqualTo(1);
        live.timers().fire();
        assertThat(live.tailRuns()).isZero();
    }

    @Test
    void doesNotReadWhereTheShutdownComesFirst() {
        kafka.create(BOILERS, 1);
        live.subscribe(ofType(BOILERS));
        live.topics().whenAsked(() -> live.tail().stop(new ShutdownEvent()));
        live.run();
        assertThat(live.tailConsumer(0).closed()).isTrue();
        assertThat(live.tailConsumer(0).polls()).isZero();
    }

    @Test
    void refusesASubscriptionWhoseIdsAreTooLong() {
        kafka.create(BOILERS, 1_000);
        StreamClient client = live.client(ofType(BOILERS), Mode.EVERY);
        live.hub().add(client.subscriber());
        live.tail().include(client.subscription()).subscribe().with(tailed -> {});
        live.run(() -> assertThat(live.position().begin(client.subscriber())).isFalse());
    }

    @Test
    void buffersOnlyForAClientThatIsNotAhead() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(() -> kafka.send(BOILERS, 0, "a", 1), () -> {
            Positions here = live.position().of(client.subscription());
            Positions ahead = here.copy(any -> true);
            ahead.moveTo(FIRST, here.next(FIRST) + 1);
            StreamClient behind = live.client(client.subscription(), Mode.EVERY);
            behind.subscriber().begin(LiveEvent.idLine("any"), false);
            assertThat(live.position().bufferFor(behind.subscriber(), ahead)).isNull();
            assertThat(behind.subscriber().isReceiving()).isFalse();
            Positions buffered = live.position().bufferFor(behind.subscriber(), here);
            assertThat(buffered).isNotNull().extracting(all -> all.next(FIRST)).isEqualTo(1L);
            assertThat(behind.subscriber().isReceiving()).isTrue();
        });
    }

    /** The next offset of a partition of the only topic of an id. */
    private static long next(StreamClient client, String id, int partition) {
        return client.parsedId(id).topics().get(0).next().get(partition);
    }
}
