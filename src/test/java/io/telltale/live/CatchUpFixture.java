package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kafka.Topic;
import io.telltale.live.CatchUp.Step;
import io.telltale.live.EventId.ReplayPosition;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One client that resumes while a tail runs, and the catch-up that reads for it. */
abstract class CatchUpFixture {

    final LiveFixture live = new LiveFixture();
    final KafkaLog kafka = live.kafka();
    private @Nullable Resumed resumed;

    /** One client that resumes, with the catch-up that reads for it. */
    final class Resumed {
        final StreamClient client;
        private final LogConsumer consumer = live.catchUpConsumer();
        CatchUp catchUp;
        int capacityCalls;

        Resumed(Subscription subscription, EventId from) {
            client = live.client(subscription, Mode.EVERY);
            live.hub().add(client.subscriber());
            client.subscriber().begin(LiveEvent.idLine("resumed"), false);
            client.open();
            catchUp = catchUp(client, CreatedTopics.TopicSearch.of(from));
        }

        Step step() {
            Step step = catchUp.step(consumer, () -> capacityCalls++);
            if (step == Step.FIND_TOPICS) {
                live.createdTopics()
                        .find(client.subscription(), catchUp.nextSearch())
                        .subscribe()
                        .with(search -> catchUp = catchUp(client, search));
                return step();
            }
            return step;
        }

        /** Runs steps until the catch-up waits or ends. */
        Step drive() {
            for (int steps = 0; steps < 200; steps++) {
                Step step = step();
                if (step != Step.CONTINUE) {
                    return step;
                }
            }
            throw new AssertionError("it reads without end: %s".formatted(events()));
        }

        List<String> events() {
            return client.events();
        }
    }

    private CatchUp catchUp(StreamClient client, CreatedTopics.TopicSearch from) {
        return new CatchUp(client.subscriber(), from, live.position(), live.hub(), live.decoder(), live.topics());
    }

    Resumed resume(Subscription subscription, EventId from) {
        resumed = new Resumed(subscription, from);
        return resumed;
    }

    Resumed resume(StreamClient from, String event) {
        return resume(from.subscription(), from.parsedId(from.idOf(event)));
    }

    Resumed resumed() {
        return Objects.requireNonNull(resumed);
    }

    List<String> resumedEvents() {
        return resumed().events();
    }

    void send(int from, int to) {
        for (int value = from; value <= to; value++) {
            kafka.send(BOILERS, 0, "a", value);
        }
    }

    static List<String> values(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(value -> "a=" + value).toList();
    }

    /** Asserts that history has to fill the offsets {@code [seen, next)} of the only partition. */
    static void assertFill(Resumed resumed, long seen, long next) {
        EventId fill = resumed.catchUp.gapFill();
        assertThat(fill.replay()).isEqualTo(ReplayPosition.from(ReplayPosition.UNDECIDED));
        assertThat(fill.topics()).singleElement().satisfies(topic -> {
            assertThat(topic.seen()).containsExactly(seen);
            assertThat(topic.next()).containsExactly(next);
        });
    }

    /** An id of another replica, at an offset of the first partition. */
    EventId at(long next) {
        return EventId.of(ofType(BOILERS), positions(next), null);
    }

    Positions positions(long next) {
        Positions positions = new Positions();
        Topic topic = Objects.requireNonNull(kafka.topics().get("sensors.boilers"));
        long[] offsets = new long[topic.partitions()];
        offsets[0] = next;
        positions.put(topic, offsets);
        return positions;
    }
}
