package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.live.EventStream.Event;
import io.telltale.local.CassandraNode;
import io.telltale.local.KafkaBroker;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Live streams during an outage of a server: open streams stay open, and miss nothing. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LiveOutagesTest {

    private static final long FIRST_MILLIS = 1_767_225_600_000L;
    private static final int MANY = 40_000;
    private static final Duration COMING_BACK = Duration.ofSeconds(60);

    private final CassandraNode cassandra = SharedStack.get().cassandra();
    private final KafkaBroker kafka = SharedStack.get().kafka();
    private final TestFleet fleet = TestFleet.ofType("live-outage");
    private final String sensorId = fleet.newSensor();

    @AfterEach
    void restartServers() {
        kafka.start();
        cassandra.start();
        fleet.close();
    }

    private void send(int number) {
        fleet.send(sensorId, FIRST_MILLIS + number, number);
        fleet.flush();
    }

    /** Also awaits the event: a stream begins at the position of the tail, which may be behind ingest. */
    private void sendAndAwaitSeenAndStored(EventStream stream, int number) throws InterruptedException {
        send(number);
        assertThat(stream.nextData()).endsWith("\"value\":%d}".formatted(number));
        fleet.awaitStored();
    }

    @Test
    void streamsWithoutCassandraAndRefusesReplays() throws Exception {
        String path = "/api/v1/readings/stream?sensor=" + sensorId;
        try (EventStream before = EventStream.open(path)) {
            sendAndAwaitSeenAndStored(before, 0);
            cassandra.pause();
            try (EventStream meanwhile = EventStream.open(path)) {
                send(1);
                assertThat(before.nextData()).endsWith("\"value\":1}");
                assertThat(meanwhile.nextData()).endsWith("\"value\":1}");
                assertThatThrownBy(() -> EventStream.open(path + "&since=now-1h"))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("cassandra-unavailable");
            } finally {
                cassandra.resume();
            }
            send(2);
            assertThat(before.nextData()).endsWith("\"value\":2}");
        }
    }

    @Test
    void resumesAReplayThatLostCassandra() throws Exception {
        for (int i = 0; i < MANY; i++) {
            fleet.send(sensorId, FIRST_MILLIS + i, i);
        }
        fleet.awaitStored();
        String path = "/api/v1/readings/stream?sensor=%s&since=%d".formatted(sensorId, FIRST_MILLIS);
        List<Event> seen = new ArrayList<>();
        try (EventStream stream = EventStream.open(path)) {
            seen.add(stream.next());
            cassandra.pause();
            try {
                Event event = stream.next();
                for (; event.name().isEmpty(); event = stream.next()) {
                    seen.add(event);
                }
                assertThat(event.name()).isEqualTo("goodbye");
            } finally {
                cassandra.resume();
            }
        }
        assertThat(seen.size()).as("seen before").isLessThan(MANY);
        String lastId = seen.get(seen.size() - 1).id();
        await().atMost(COMING_BACK)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    try (EventStream stream = EventStream.open("http://localhost:" + RestAssured.port, path, lastId)) {
                        return takeAll(stream, seen);
                    }
                });
        assertThat(seen.stream().map(Event::data).map(LiveOutagesTest::value))
                .isEqualTo(IntStream.range(0, MANY).mapToObj(Integer::toString).toList());
    }

    /** Whether all events arrived. Otherwise they are dropped, because the next attempt begins at the same id. */
    private static boolean takeAll(EventStream stream, List<Event> seen) throws InterruptedException {
        List<Event> some = new ArrayList<>();
        for (Event event = stream.next(); event.name().isEmpty(); event = stream.next()) {
            some.add(event);
            if (seen.size() + some.size() == MANY) {
                seen.addAll(some);
                return true;
            }
        }
        return false;
    }

    private static String value(String data) {
        return data.substring(data.lastIndexOf(':') + 1, data.length() - 1);
    }

    @Test
    void keepsStreamsOpenWithoutKafkaAndRefusesNewOnes() throws Exception {
        try (EventStream stream = EventStream.open("/api/v1/readings/stream?type=live-outage&sensor=" + sensorId)) {
            sendAndAwaitSeenAndStored(stream, 1);

            kafka.kill();
            assertThatThrownBy(() -> EventStream.open("/api/v1/readings/stream?type=not-tailed-yet"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("kafka-unavailable");
            assertThat(stream.waiting()).as("events during the outage of Kafka").isZero();
            kafka.start();

            send(2);
            assertThat(stream.nextData()).endsWith("\"value\":2}");
        }
    }
}
