package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
