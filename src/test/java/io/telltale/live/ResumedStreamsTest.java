package io.telltale.live;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.telltale.api.QueryFingerprint;
import io.telltale.fleet.TestFleet;
import io.telltale.live.EventStream.Event;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ResumedStreamsTest {

    private static final Logger log = Logger.getLogger(ResumedStreamsTest.class);
    private static final String NOON = "2026-03-01T12:00:00.000Z";
    private static final String ALL = "/api/v1/readings/stream";
    private static final int CUTS = 60;

    /** A subscriber that is cut off many times receives every accepted reading once, in order per sensor. */
    @Test
    void resumesAtAnyMomentWithoutLossOrDuplicate() throws Exception {
        long seed = System.nanoTime();
        log.infof("Cut with seed %d", seed);
        Random random = new Random(seed);
        String type = "resumed-" + SharedStack.get().nextNumber();
        String path = ALL + "?type=" + type;
        try (TestFleet fleet = TestFleet.ofType(type)) {
            List<String> sensors = List.of(fleet.newSensor(), fleet.newSensor(), fleet.newSensor(), fleet.newSensor());
            AtomicBoolean isEnough = new AtomicBoolean();
            Map<String, Integer> sent = new HashMap<>();
            List<String> seen = new ArrayList<>();
            String lastId;
            try (EventStream first = EventStream.open(path)) {
                await().until(() -> !first.lastId().isEmpty());
                lastId = first.lastId();
            }
            Thread sending = new Thread(() -> send(fleet, sensors, isEnough, sent), "sending");
            sending.start();
            for (int cut = 0; cut < CUTS; cut++) {
                try (EventStream stream = EventStream.open(path, lastId)) {
                    for (int events = random.nextInt(300); events > 0; events--) {
                        Event event = stream.next();
                        assertThat(event.name()).isEmpty();
                        seen.add(event.data());
                        lastId = event.id();
                    }
                }
            }
            isEnough.set(true);
            await().atMost(Duration.ofSeconds(60)).until(() -> !sending.isAlive());
            int all = sent.values().stream().mapToInt(Integer::intValue).sum();
            assertThat(all).isGreaterThanOrEqualTo(seen.size());
            try (EventStream stream = EventStream.open(path, lastId)) {
                while (seen.size() < all) {
                    seen.add(stream.nextData());
                }
                fleet.send(sensors.get(0), NOON, "last");
                fleet.flush();
                assertThat(stream.nextData()).contains("\"last\"");
            }
            for (String sensor : sensors) {
                assertThat(seen.stream().filter(data -> data.contains("\"" + sensor + "\"")))
                        .as("events of %s, seed %d", sensor, seed)
                        .containsExactlyElementsOf(expected(sensor, type, sent.getOrDefault(sensor, 0)));
            }
        }
    }

    /** Sends packs of three, in whose middle a stream may be cut, and single readings; some thousands per second. */
    private static void send(TestFleet fleet, List<String> sensors, AtomicBoolean isEnough, Map<String, Integer> sent) {
        for (int round = 0; !isEnough.get() || round < 200; round++) {
            for (String sensor : sensors) {
                int next = sent.getOrDefault(sensor, 0);
                if (round % 3 == 0) {
                    fleet.sendRecord(
                            sensor,
                            "[{\"bn\":\"%s\",\"bt\":1767225600,\"t\":0,\"v\":%d},{\"t\":1,\"v\":%d},{\"t\":2,\"v\":%d}]"
                                    .formatted(sensor, next, next + 1, next + 2),
                            Map.of("content-type", "application/senml+json"));
                    sent.put(sensor, next + 3);
                } else {
                    fleet.send(sensor, NOON, next);
                    sent.put(sensor, next + 1);
                }
            }
            if (round % 20 == 19) {
                fleet.flush();
            }
        }
        fleet.flush();
    }

    private static List<String> expected(String sensor, String type, int count) {
        List<String> values = new ArrayList<>();
        int next = 0;
        for (int round = 0; next < count; round++) {
            for (int entry = 0; entry < (round % 3 == 0 ? 3 : 1); entry++) {
                String time = round % 3 == 0 ? "2026-01-01T00:00:0" + entry + ".000Z" : NOON;
                values.add("{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":\"%s\",\"value\":%d}"
                        .formatted(sensor, type, time, next++));
            }
        }
        return values;
    }

    @Test
    void resumesAQuietStreamFromItsFirstId() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("resumed-quiet")) {
            String sensor = fleet.newSensor();
            String path = ALL + "?type=resumed-quiet&sensor=" + sensor;
            String id;
            try (EventStream stream = EventStream.open(path)) {
                await().until(() -> !stream.lastId().isEmpty());
                id = stream.lastId();
            }
            fleet.send(sensor, NOON, "missed");
            fleet.flush();
            String asParameter = path + "&lastEventId=" + URLEncoder.encode(id, StandardCharsets.UTF_8);
            try (EventStream byHeader = EventStream.open(path, id);
                    EventStream byParameter = EventStream.open(asParameter)) {
                assertThat(byHeader.nextData()).contains("\"missed\"");
                assertThat(byParameter.nextData()).contains("\"missed\"");
                fleet.send(sensor, NOON, "live");
                fleet.flush();
                assertThat(byHeader.nextData()).contains("\"live\"");
                assertThat(byParameter.nextData()).contains("\"live\"");
            }
        }
    }

    /** An unknown sensor includes all topics, also one that is created while there is no subscriber. */
    @Test
    void readsATopicThatWasCreatedMeanwhileFromItsStart() throws Exception {
        String type = "resumed-" + SharedStack.get().nextNumber();
        String sensor = type + "-first";
        String path = "/api/v1/sensors/" + sensor + "/readings/stream";
        String id;
        try (EventStream stream = EventStream.open(path)) {
            await().until(() -> !stream.lastId().isEmpty());
            id = stream.lastId();
        }
        try (TestFleet fleet = TestFleet.ofType(type)) {
            fleet.send(sensor, NOON, 1);
            fleet.send(sensor, NOON, 2);
            fleet.awaitStored();
            try (EventStream stream = EventStream.open(path, id)) {
                Event first = stream.next();
                // Another test may have deleted a topic of this id, which includes all topics.
                assertThat(first.name().equals("gap") ? stream.nextData() : first.data())
                        .contains("\"value\":1");
                assertThat(stream.nextData()).contains("\"value\":2");
                assertThat(stream.waiting()).isZero();
            }
        }
    }

    @Test
    void reportsRecordsRemovedByRetentionAsAGap() throws Exception {
        String type = "resumed-" + SharedStack.get().nextNumber();
        try (TestFleet fleet = TestFleet.ofType(type);
                Admin admin = SharedStack.get().kafka().admin()) {
            String sensor = fleet.newSensor();
            String path = ALL + "?type=" + type;
            String id;
            try (EventStream stream = EventStream.open(path)) {
                fleet.send(sensor, NOON, 0);
                fleet.flush();
                id = stream.next().id();
            }
            fleet.send(sensor, NOON, "removed");
            fleet.flush();
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (int partition = 0; partition < 3; partition++) {
                all.put(new TopicPartition(fleet.topic(), partition), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get(30, TimeUnit.SECONDS);
            fleet.send(sensor, NOON, "there");
            fleet.flush();
            try (EventStream stream = EventStream.open(path, id)) {
                Event gap = stream.next();
                assertThat(gap.name()).isEqualTo("gap");
                assertThat(gap.data()).isEqualTo("{\"reason\":\"retention\"}");
                assertThat(stream.nextData()).contains("\"there\"");
                try (EventStream behind = EventStream.open(path, gap.id())) {
                    assertThat(behind.nextData()).contains("\"there\"");
                }
            }
        }
    }

    @Test
    void reportsARecreatedTopicAndReadsItFromItsStart() throws Exception {
        String type = "resumed-" + SharedStack.get().nextNumber();
        String path = ALL + "?type=" + type;
        String id;
        try (Admin admin = SharedStack.get().kafka().admin()) {
            String sensor;
            try (TestFleet before = TestFleet.ofType(type);
                    EventStream stream = EventStream.open(path)) {
                sensor = before.newSensor();
                before.send(sensor, NOON, "old");
                before.awaitStored();
                id = stream.next().id();
                admin.deleteTopics(List.of(before.topic())).all().get(30, TimeUnit.SECONDS);
                awaitDeleted(admin, before.topic());
            }
            try (TestFleet after = TestFleet.ofType(type)) {
                after.send(sensor, NOON, "new");
                after.flush();
                try (EventStream stream = EventStream.open(path, id)) {
                    Event gap = stream.next();
                    assertThat(gap.name()).isEqualTo("gap");
                    assertThat(gap.data()).isEqualTo("{\"reason\":\"topic-remade\"}");
                    assertThat(stream.nextData()).contains("\"new\"");
                }
            }
        }
    }

    private static void awaitDeleted(Admin admin, String topic) {
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        !admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic));
    }

    /** No id names it, and Kafka has nothing of it. History fills it in behind an id that is certainly older. */
    @Test
    void reportsATopicThatWasCreatedAndDeletedMeanwhile() throws Exception {
        String type = "resumed-" + SharedStack.get().nextNumber();
        String path = ALL + "?type=" + type;
        String id;
        try (EventStream stream = EventStream.open(path)) {
            await().until(() -> !stream.lastId().isEmpty());
            id = stream.lastId();
        }
        String sensor;
        try (Admin admin = SharedStack.get().kafka().admin();
                TestFleet before = TestFleet.ofType(type)) {
            sensor = before.newSensor();
            before.send(sensor, NOON, "old");
            before.awaitStored();
            admin.deleteTopics(List.of(before.topic())).all().get(30, TimeUnit.SECONDS);
            awaitDeleted(admin, before.topic());
        }
        try (TestFleet after = TestFleet.ofType(type);
                EventStream stream = EventStream.open(path, aMinuteOlder(type, id))) {
            assertThat(stream.nextData()).isEqualTo("{\"reason\":\"topic-remade\"}");
            assertThat(stream.nextData()).contains("\"old\"");
            after.send(sensor, NOON, "new");
            after.flush();
            assertThat(stream.nextData()).contains("\"new\"");
        }
    }

    private static String aMinuteOlder(String type, String id) {
        QueryFingerprint fingerprint = LiveFixture.ofType(new SensorType(type)).fingerprint();
        EventId parsed = EventIdText.parse("lastEventId", id, fingerprint);
        long earlier = parsed.topicsKnownAtMillis() - 60_000;
        return Objects.requireNonNull(parsed.withTopicsKnownAt(earlier).text(fingerprint));
    }

    @Test
    void refusesIdsThatAreDamagedOrOfAnotherFilter() throws Exception {
        String path = ALL + "?type=resumed-quiet";
        String id;
        try (EventStream stream = EventStream.open(path)) {
            await().until(() -> !stream.lastId().isEmpty());
            id = stream.lastId();
        }
        refused(path, id.substring(1));
        refused(path, "x");
        refused(ALL + "?type=resumed-other", id);
    }

    private static void refused(String path, String id) {
        for (Response answer :
                List.of(given().header("Last-Event-ID", id).get(path), given().get(path + "&lastEventId=" + id))) {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.jsonPath().getString("type")).isEqualTo("urn:telltale:problem:bad-cursor");
        }
    }
}
