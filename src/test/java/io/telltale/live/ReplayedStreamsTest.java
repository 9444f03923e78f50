package io.telltale.live;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.live.EventStream.Event;
import io.telltale.live.StitchedEvents.Sent;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.core.ConditionTimeoutException;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams of stored readings first, then of live ones, without loss or duplicate in between. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ReplayedStreamsTest {

    private static final Logger log = Logger.getLogger(ReplayedStreamsTest.class);
    private static final String ALL = "/api/v1/readings/stream";
    private static final long MIDNIGHT = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    private static final Pattern EVENT =
            Pattern.compile("\\{\"sensorId\":\"(.+)\",\"type\":\".+\",\"timestamp\":\"(.+)\",\"value\":([0-9]+)}");

    @Test
    void replaysTheResultOfARangeQueryThenStreams() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("replayed")) {
            String site = "site-" + SharedStack.get().nextNumber();
            List<String> sensors = List.of(fleet.newSensor(), fleet.newSensor());
            for (int second = 0; second < 30; second++) {
                for (String sensor : sensors) {
                    fleet.send(sensor, MIDNIGHT + second * 60_000L, second, Map.of("site", site));
                }
            }
            for (String sensor : sensors) {
                fleet.send(sensor, MIDNIGHT + 20 * 60_000L, 777, Map.of("site", site));
                fleet.send(sensor, MIDNIGHT + 10 * 60_000L, 888, Map.of("site", site));
            }
            fleet.awaitStored();
            String path = ALL + "?site=" + site + "&since=2026-03-01T00:15:00Z";
            try (EventStream stream = EventStream.open(path)) {
                List<String> replayed = new ArrayList<>();
                Event event = stream.next();
                while (event.name().isEmpty()) {
                    replayed.add(event.data());
                    event = stream.next();
                }
                assertThat(event.name()).isEqualTo("caught-up");
                assertThat(replayed)
                        .containsExactlyElementsOf(sensors.stream()
                                .sorted()
                                .flatMap(sensor -> asEvents(sensor, "2026-03-01T00:15:00Z").stream())
                                .toList());
                fleet.send(sensors.get(0), MIDNIGHT, 1, Map.of("site", site));
                fleet.flush();
                assertThat(stream.nextData()).contains("\"value\":1}");
            }
        }
    }

    private static List<String> asEvents(String sensor, String from) {
        List<Map<String, Object>> readings = given().queryParam("from", from)
                .queryParam("limit", 10_000)
                .get("/api/v1/sensors/" + sensor + "/readings")
                .jsonPath()
                .getList("readings");
        return readings.stream()
                .map(reading -> "{\"sensorId\":\"%s\",\"type\":\"replayed\",\"timestamp\":\"%s\",\"value\":%s}"
                        .formatted(sensor, reading.get("timestamp"), reading.get("value")))
                .toList();
    }

    @Test
    void catchesUpImmediatelyForAnUnknownSensor() throws Exception {
        try (EventStream stream = EventStream.open(ALL + "?sensor=replayed-unknown&since=now-1h")) {
            assertThat(stream.next().name()).isEqualTo("caught-up");
        }
    }

    /**
     * Ingest has stored the records at that moment, and the tail may not have read them: without a cutover by their
     * offsets, it would deliver them after the replay, the replaced ones too.
     */
    @RepeatedTest(5)
    void replaysEachReadingOnceFromTheMomentARangeShowsIt() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("replayed")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, MIDNIGHT + 1_000, 0);
            fleet.send(sensor, MIDNIGHT, 1);
            fleet.send(sensor, MIDNIGHT, 1);
            fleet.send(sensor, MIDNIGHT, "text");
            fleet.send(sensor, MIDNIGHT, 2);
            fleet.flush();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(1))
                    .untilAsserted(() -> given().get("/api/v1/sensors/%s/readings?from=%d".formatted(sensor, MIDNIGHT))
                            .then()
                            .statusCode(200)
                            .body("readings.value", contains(2, 0)));
            try (EventStream stream = EventStream.open(ALL + "?sensor=%s&since=%d".formatted(sensor, MIDNIGHT))) {
                assertThat(values(List.of(stream.next(), stream.next()))).containsExactly(2, 0);
                assertThat(stream.next().name()).isEqualTo("caught-up");
                fleet.send(sensor, MIDNIGHT + 2_000, 3);
                fleet.flush();
                assertThat(values(List.of(stream.next()))).containsExactly(3);
            }
        }
    }

    /**
     * A subscriber that begins with {@code since} while records keep arriving, corrections and late ones among them,
     * and is cut off at any moment: during history, while it catches up, and live. Of each sensor it must receive the
     * readings that were current at some moment, each once in order of time, unless a later record replaces it; then
     * every later record.
     */
    @Test
    void resumesAReplayWithoutLossOrDuplicate() throws Exception {
        replayWhileRecordsCome(1);
    }

    @Test
    @Tag("long")
    void resumesManyReplaysWithoutLossOrDuplicate() throws Exception {
        replayWhileRecordsCome(5);
    }

    private void replayWhileRecordsCome(int trials) throws Exception {
        long seed = System.nanoTime();
        log.infof("Cut with seed %d", seed);
        Random random = new Random(seed);
        for (int trial = 0; trial < trials; trial++) {
            replayWhileRecordsCome(random, seed);
        }
    }

    private void replayWhileRecordsCome(Random random, long seed) throws Exception {
        String type = "replayed-" + SharedStack.get().nextNumber();
        String path = ALL + "?type=" + type;
        try (TestFleet fleet = TestFleet.ofType(type)) {
            List<String> sensors = List.of(fleet.newSensor(), fleet.newSensor(), fleet.newSensor());
            Map<String, List<Sent>> sent = new ConcurrentHashMap<>();
            Random values = new Random(random.nextLong());
            for (int round = 0; round < 400; round++) {
                sendRound(fleet, sensors, sent, values);
            }
            fleet.awaitStored();
            AtomicBoolean isEnough = new AtomicBoolean();
            Thread sending = new Thread(
                    () -> {
                        while (!isEnough.get()) {
                            sendRound(fleet, sensors, sent, values);
                            fleet.flush();
                        }
                    },
                    "sending");
            sending.start();
            List<Event> seen = new ArrayList<>();
            String lastId = "";
            int caughtUp = 0;
            for (int cut = 0; cut < 25; cut++) {
                try (EventStream stream = EventStream.open(path + "&since=2026-01-01T00:00:00Z", lastId)) {
                    for (int events = random.nextInt(200); events > 0; events--) {
                        Event event = stream.next();
                        lastId = event.id();
                        if (event.name().isEmpty()) {
                            seen.add(event);
                        } else {
                            assertThat(event.name()).isEqualTo("caught-up");
                            caughtUp++;
                        }
                    }
                }
            }
            isEnough.set(true);
            await().atMost(Duration.ofSeconds(60)).until(() -> !sending.isAlive());
            fleet.flush();
            try (EventStream stream = EventStream.open(path + "&since=2026-01-01T00:00:00Z", lastId)) {
                fleet.send(sensors.get(0), MIDNIGHT, 0);
                fleet.flush();
                boolean isLastSeen = false;
                // Records of other partitions may arrive after the last one.
                while (!isLastSeen || caughtUp == 0 || !isQuiet(stream)) {
                    Event event = stream.next();
                    isLastSeen |= event.data().endsWith("\"value\":0}");
                    if (!event.name().isEmpty()) {
                        caughtUp++;
                    } else if (!event.data().endsWith("\"value\":0}")) {
                        seen.add(event);
                    }
                }
            }
            assertThat(caughtUp).as("caught-up, seed %d", seed).isEqualTo(1);
            for (String sensor : sensors) {
                StitchedEvents stitched = StitchedEvents.of(of(sensor, seen), sent.getOrDefault(sensor, List.of()));
                stitched.require("%s, seed %d".formatted(sensor, seed));
                log.infof("Of %s %d were replayed and %d live", sensor, stitched.replayed(), stitched.live());
            }
        }
    }

    private static boolean isQuiet(EventStream stream) {
        try {
            await().atMost(Duration.ofSeconds(1)).until(() -> stream.waiting() > 0);
            return false;
        } catch (ConditionTimeoutException quiet) {
            return true;
        }
    }

    private static void sendRound(TestFleet fleet, List<String> sensors, Map<String, List<Sent>> sent, Random random) {
        for (String sensor : sensors) {
            List<Sent> all = sent.computeIfAbsent(sensor, first -> new ArrayList<>());
            Sent next = new Sent(MIDNIGHT + random.nextInt(2_000) * 1_000L, all.size() + 1);
            all.add(next);
            fleet.send(sensor, next.timestampMillis(), next.value());
        }
    }

    private static List<Sent> of(String sensor, List<Event> events) {
        List<Sent> seen = new ArrayList<>();
        for (Event event : events) {
            Matcher parts = EVENT.matcher(event.data());
            assertThat(parts.matches()).as(event.data()).isTrue();
            if (parts.group(1).equals(sensor)) {
                seen.add(new Sent(Instant.parse(parts.group(2)).toEpochMilli(), Integer.parseInt(parts.group(3))));
            }
        }
        return seen;
    }

    @Test
    void fillsAGapOfRetentionFromHistory() throws Exception {
        String type = "replayed-" + SharedStack.get().nextNumber();
        try (TestFleet fleet = TestFleet.ofType(type);
                Admin admin = SharedStack.get().kafka().admin()) {
            String sensor = fleet.newSensor();
            String path = ALL + "?type=" + type;
            fleet.send(sensor, MIDNIGHT, 1);
            fleet.awaitStored();
            String id;
            try (EventStream stream = EventStream.open(path)) {
                fleet.send(sensor, MIDNIGHT + 1_000, 2);
                fleet.flush();
                // The first reading may arrive, too: it is stored before the live tail has it.
                Event second = stream.next();
                while (!values(List.of(second)).contains(2)) {
                    second = stream.next();
                }
                id = second.id();
            }
            for (int value = 3; value <= 5; value++) {
                fleet.send(sensor, MIDNIGHT + value * 1_000L, value);
            }
            fleet.awaitStored();
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (int partition = 0; partition < 3; partition++) {
                all.put(new TopicPartition(fleet.topic(), partition), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get(30, TimeUnit.SECONDS);
            fleet.send(sensor, MIDNIGHT + 6_000, 6);
            fleet.flush();
            Event gap;
            Event third;
            try (EventStream stream = EventStream.open(path, id)) {
                gap = stream.next();
                assertThat(gap.name()).isEqualTo("gap");
                assertThat(gap.data()).isEqualTo("{\"reason\":\"retention\"}");
                third = stream.next();
                assertThat(values(List.of(third, stream.next(), stream.next(), stream.next())))
                        .containsExactly(3, 4, 5, 6);
            }
            try (EventStream stream = EventStream.open(path, gap.id())) {
                assertThat(values(List.of(stream.next(), stream.next()))).containsExactly(3, 4);
            }
            try (EventStream stream = EventStream.open(path, third.id())) {
                assertThat(values(List.of(stream.next(), stream.next(), stream.next())))
                        .containsExactly(4, 5, 6);
            }
        }
    }

    private static List<Integer> values(List<Event> events) {
        return events.stream()
                .map(event -> {
                    Matcher parts = EVENT.matcher(event.data());
                    assertThat(parts.matches()).as(event.data()).isTrue();
                    return Integer.parseInt(parts.group(3));
                })
                .toList();
    }

    @Test
    void replaysTheNewestOfEachSensorAndNoLateReading() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("replayed")) {
            String one = fleet.newSensor();
            String other = fleet.newSensor();
            for (String sensor : List.of(one, other)) {
                fleet.send(sensor, MIDNIGHT + 60_000, 2);
                fleet.send(sensor, MIDNIGHT, 1);
            }
            fleet.awaitStored();
            String path = ALL + "?sensor=%s&sensor=%s&mode=latest".formatted(one, other);
            try (EventStream since = EventStream.open(path + "&since=2026-01-01T00:00:00Z")) {
                assertThat(values(List.of(since.next(), since.next()))).containsExactly(2, 2);
                assertThat(since.next().name()).isEqualTo("caught-up");
                fleet.send(one, MIDNIGHT + 30_000, 3);
                fleet.send(one, MIDNIGHT + 60_000, 4);
                fleet.flush();
                assertThat(values(List.of(since.next()))).containsExactly(4);
                fleet.send(other, MIDNIGHT + 59_999, 5);
                fleet.send(other, MIDNIGHT + 60_001, 6);
                fleet.flush();
                assertThat(values(List.of(since.next()))).containsExactly(6);
                assertThat(since.waiting()).isZero();
            }
        }
    }
}
