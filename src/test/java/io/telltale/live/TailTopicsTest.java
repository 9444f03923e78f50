package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofSensor;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tail over topics and partitions that appear, disappear, and are recreated. */
@Timeout(20)
class TailTopicsTest {

    private static final TopicPartition FIRST = new TopicPartition("sensors.boilers", 0);

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();

    @Test
    void readsANewTopicFromItsFirstRecord() {
        kafka.create(BOILERS, 1);
        StreamClient client = live.subscribe(everything());
        live.run(
                () -> {
                    kafka.create(DOORS, 1);
                    kafka.send(DOORS, 0, "d", 1);
                    kafka.send(BOILERS, 0, "a", 1);
                    live.discover();
                },
                () -> kafka.send(DOORS, 0, "d", 2));
        assertThat(client.events()).containsExactly("a=1", "d=1", "d=2");
    }

    @Test
    void readsTheFirstTopicOfAllFromItsFirstRecord() {
        StreamClient client = live.subscribe(ofSensor("d"));
        // While the tail answers the first client, the second arrives; before the next answer the topic appears.
        live.topics().whenAsked(() -> live.subscribe(ofType(DOORS)));
        live.topics().whenAsked(() -> {
            kafka.create(DOORS, 1);
            kafka.send(DOORS, 0, "d", 1);
        });
        live.run(() -> kafka.send(DOORS, 0, "d", 2));
        assertThat(client.events()).containsExactly("d=1", "d=2");
    }

    @Test
    void readsANewPartitionFromItsFirstRecord() {
        kafka.create(BOILERS, 1);
        kafka.send(BOILERS, 0, "a", 1);
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                () -> {
                    kafka.send(BOILERS, 0, "a", 2);
                    kafka.addPartitions(BOILERS, 1);
                    kafka.send(BOILERS, 1, "b", 1);
                    live.discover();
                },
                () -> {
                    kafka.send(BOILERS, 0, "a", 3);
                    kafka.send(BOILERS, 1, "b", 2);
                });
        assertThat(client.events())
                .containsExactlyInAnyOrder("a=2", "b=1", "a=3", "b=2")
                .containsSubsequence("b=1", "b=2");
    }

    /** The last discovery knew the deleted topic, which had no subscriber: its successor is new all the same. */
    @Test
    void readsATopicRecreatedWithoutClientsFromItsStart() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        kafka.send(DOORS, 0, "d", 1);
        live.subscribe(ofType(BOILERS));
        List<StreamClient> doors = new ArrayList<>();
        live.run(
                () -> {
                    doors.add(live.subscribe(ofType(DOORS)));
                    kafka.delete(DOORS);
                    kafka.create(DOORS, 1);
                    kafka.send(DOORS, 0, "d", 2);
                },
                () -> kafka.send(DOORS, 0, "d", 3));
        assertThat(doors.get(0).events()).containsExactly("d=2", "d=3");
    }

    @Test
    void ignoresTopicsWithoutASubscriber() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        live.subscribe(ofType(BOILERS));
        live.run(() -> {
            assertThat(live.tailConsumer(0).assignment()).containsExactly(FIRST);
            live.discover();
        });
    }

    @Test
    void keepsATopicForAClientThatReturnsInTime() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        live.subscribe(ofType(DOORS));
        StreamClient first = live.subscribe(ofType(BOILERS));
        List<StreamClient> second = new ArrayList<>();
        live.run(
                () -> live.leave(first),
                () -> kafka.send(BOILERS, 0, "a", 1),
                live::discover,
                () -> {
                    second.add(live.subscribe(ofType(BOILERS)));
                    kafka.send(BOILERS, 0, "a", 2);
                },
                () -> assertThat(live.tailConsumer(0).assignment()).hasSize(2));
        assertThat(second.get(0).events()).containsExactly("a=2");
    }

    @Test
    void dropsATopicSomeTimeAfterTheLastClientLeft() {
        kafka.create(BOILERS, 1);
        kafka.create(DOORS, 1);
        live.subscribe(ofType(DOORS));
        StreamClient client = live.subscribe(ofType(BOILERS));
        live.run(
                live::discover,
                () -> {
                    live.leave(client);
                    live.discover();
                },
                () -> {
                    assertThat(live.tailConsumer(0).assignment()).hasSize(2);
                    live.clock().move(Duration.ofSeconds(11));
                },
                () -> assertThat(live.tailConsumer(0).assignment())
                        .extracting(TopicPartition::topic)
                        .containsExactly("sensors.doors"));
    }

    @Test
    void aTopicCreatedWithoutClientsIsNotNewLater() {
        kafka.create(BOILERS, 1);
        live.subscribe(everything());
        live.run();
        kafka.create(DOORS, 1);
        kafka.send(DOORS, 0, "d", 1);
        StreamClient client = live.subscribe(everything());
        live.run(() -> kafka.send(DOORS, 0, "d", 2));
        assertThat(client.events()).containsExactly("d=2");
    }
}
