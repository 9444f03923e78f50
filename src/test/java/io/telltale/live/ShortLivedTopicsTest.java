package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams whose topic is deleted and recreated so fast that the tail does not read each topic of the name. */
@Timeout(20)
class ShortLivedTopicsTest {

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();

    private void send(int from, int to) {
        for (int value = from; value <= to; value++) {
            kafka.send(BOILERS, 0, "a", value);
        }
    }

    private static List<String> values(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(value -> "a=" + value).toList();
    }

    private static List<String> sequence(Object... parts) {
        return Stream.of(parts)
                .flatMap(part -> part instanceof List<?> list ? list.stream() : Stream.of(part))
                .map(String::valueOf)
                .toList();
    }

    /** A client that resumes behind it would receive it again, as a record of the next topic. */
    @Test
    void deliversNoRecordOfANewTopicUnderTheIdOfTheOldOne() {
        kafka.create(BOILERS, 1);
        StreamClient first = live.subscribe(ofType(BOILERS));
        StreamClient doors = live.subscribe(ofType(DOORS));
        List<StreamClient> resumed = new ArrayList<>();
        kafka.create(DOORS, 1);
        live.run(
                () -> send(1, 2),
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    kafka.create(BOILERS, 1);
                    send(3, 6);
                    kafka.send(DOORS, 0, "d", 1);
                },
                () -> {
                    live.leave(first);
                    resumed.add(live.resume(ofType(BOILERS), first.lastId()));
                    live.fillGaps();
                },
                live::fillGaps,
                () -> send(7, 7));
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
                () -> send(1, 1),
                () -> {
                    live.leave(leaving);
                    live.clock().move(TailedTopics.TRUST);
                    kafka.create(BOILERS, 1);
                    send(2, 4);
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
                () -> send(1, 1),
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    live.topics().whenAsked(() -> {
                        throw new TimeoutException("no broker answers");
                    });
                    send(2, 2);
                },
                () -> {
                    live.clock().move(TailedTopics.TRUST);
                    live.topics().whenAsked(() -> asked.add("again"));
                    send(3, 3);
                },
                () -> assertThat(asked).as("requests before the next discovery").isEmpty());
        assertThat(client.events()).isEqualTo(values(1, 3));
    }

    /** The topic in between is stored; without a topic, the ids of the tail name nothing. */
    @Test
    void reportsATopicThatIsDeletedBeforeTheTailReadsIt() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.subscribe(ofType(DOORS));
        live.run(
                () -> send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                live::fillGaps,
                () -> {
                    kafka.create(BOILERS, 1);
                    send(3, 4);
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.create(BOILERS, 1);
                    send(5, 5);
                    live.discover();
                },
                live::fillGaps,
                live::fillGaps,
                () -> send(6, 6));
        assertThat(client.events())
                .isEqualTo(sequence(values(1, 2), "gap topic-remade", "gap topic-remade", values(3, 6)));
    }

    /** As by a replica that is frozen between the answers of Cassandra and of Kafka. */
    @Test
    void reportsATopicThatIsReplacedWhileAStreamLooksForIt() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.subscribe(ofType(DOORS));
        live.run(
                () -> send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                live::fillGaps,
                () -> {
                    kafka.create(BOILERS, 1);
                    live.discover();
                },
                () -> {
                    live.topics().whenAsked(() -> {
                        send(3, 4);
                        live.store().ingest(BOILERS, 0, 2);
                        kafka.create(BOILERS, 1);
                        send(5, 5);
                    });
                    live.fillGaps();
                    live.discover();
                },
                live::fillGaps,
                live::fillGaps,
                () -> send(6, 6));
        assertThat(client.events())
                .isEqualTo(sequence(values(1, 2), "gap topic-remade", "gap topic-remade", values(3, 6)));
    }

    /** The store does not know the deleted topic. */
    @Test
    void goesOnBehindATopicThatIngestNeverRead() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.subscribe(ofType(DOORS));
        live.run(
                () -> send(1, 2),
                () -> {
                    kafka.delete(BOILERS);
                    live.discover();
                },
                live::fillGaps,
                live::catchUpLater,
                () -> {
                    kafka.create(BOILERS, 1);
                    send(3, 4);
                    live.discover();
                },
                live::fillGaps,
                () -> send(5, 5));
        assertThat(client.events()).isEqualTo(sequence(values(1, 2), "gap topic-remade", values(3, 5)));
    }

    @Test
    void goesOnInTheNextTopicOfAName() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.subscribe(ofType(DOORS));
        live.run(
                () -> send(1, 2),
                () -> {
                    live.store().ingest(BOILERS, 0, 2);
                    kafka.delete(BOILERS);
                    live.discover();
                },
                live::fillGaps,
                live::catchUpLater,
                () -> {
                    kafka.create(BOILERS, 1);
                    send(3, 4);
                    live.discover();
                },
                live::fillGaps,
                () -> send(5, 5));
        assertThat(client.events()).isEqualTo(sequence(values(1, 2), "gap topic-remade", values(3, 5)));
    }
}
