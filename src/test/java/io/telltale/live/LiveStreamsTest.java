package io.telltale.live;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LiveStreamsTest {

    private static final Logger log = Logger.getLogger(LiveStreamsTest.class);
    private static final String NOON = "2026-03-01T12:00:00.000Z";
    private static final String ALL = "/api/v1/readings/stream";

    private static TestFleet fleet;

    @BeforeAll
    static void open() {
        fleet = TestFleet.ofType("live");
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @Test
    void sendsAReadingAsAnUnnamedEvent() throws Exception {
        String sensorId = fleet.newSensor();
        try (EventStream stream = EventStream.open("/api/v1/sensors/" + sensorId + "/readings/stream")) {
            assertThat(stream.headers().firstValue("content-type")).hasValue("text/event-stream");
            assertThat(stream.headers().firstValue("cache-control")).hasValue("no-store");
            assertThat(stream.headers().firstValue("x-accel-buffering")).hasValue("no");
            fleet.send(sensorId, NOON, 21.5);
            fleet.flush();
            EventStream.Event event = stream.next();
            assertThat(event.name()).isEmpty();
            assertThat(event.data()).isEqualTo(data(sensorId, "21.5"));
        }
    }

    /** The goal is 200 ms on an idle machine. A machine that runs tests is not idle, so only the median is checked. */
    @Test
    void sendsAnEventWithin200Millis() throws Exception {
        String sensorId = fleet.newSensor();
        try (EventStream stream = EventStream.open(ALL + "?sensor=" + sensorId)) {
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < 21; i++) {
                long sentNanos = System.nanoTime();
                fleet.send(sensorId, NOON, i);
                fleet.flush();
                EventStream.Event event = stream.next();
                millis.add(Duration.ofNanos(event.atNanos() - sentNanos).toMillis());
            }
            Collections.sort(millis);
            log.infof("From send to event: median %d ms, slowest %d ms of 21", millis.get(10), millis.get(20));
            assertThat(millis.get(10)).isLessThan(200);
        }
    }

    @Test
    void aTicketOpensAStreamAlsoWhileSecurityIsOff() throws Exception {
        String sensorId = fleet.newSensor();
        Response issued = given().contentType("application/json")
                .header("Origin", "https://other.example")
                .body(Map.of("sensor", List.of(sensorId)))
                .post("/api/v1/stream-tickets");
        assertThat(issued.statusCode()).isEqualTo(201);
        assertThat(issued.header("Access-Control-Allow-Origin"))
                .as("CORS is closed")
                .isNull();
        String ticket = issued.jsonPath().getString("ticket");
        try (EventStream stream = EventStream.open(ALL + "?sensor=" + sensorId + "&ticket=" + ticket)) {
            fleet.send(sensorId, NOON, 21.5);
            fleet.flush();
            assertThat(stream.next().data()).isEqualTo(data(sensorId, "21.5"));
        }
        assertThat(given().get(ALL + "?sensor=other&ticket=" + ticket).statusCode())
                .isEqualTo(401);
    }

    @Test
    void prefersTheSiteThatAPersonSet() throws Exception {
        String moved = fleet.newSensor();
        String stayed = fleet.newSensor();
        // Awaits the events too: a stream begins at the position of the tail, which may be behind ingest.
        try (EventStream before = EventStream.open(ALL + "?site=said-of-live")) {
            fleet.send(moved, NOON, 0, Map.of("site", "said-of-live"));
            fleet.send(stayed, NOON, 0, Map.of("site", "said-of-live"));
            fleet.awaitStored();
            assertThat(List.of(before.nextData(), before.nextData()))
                    .containsExactlyInAnyOrder(data(moved, "0"), data(stayed, "0"));
        }
        assertThat(given().contentType("application/json")
                        .body("{\"site\":\"set-of-live\"}")
                        .put("/api/v1/sensors/" + moved)
                        .statusCode())
                .isEqualTo(200);
        try (EventStream atSet = EventStream.open(ALL + "?site=set-of-live");
                EventStream atSaid = EventStream.open(ALL + "?site=said-of-live")) {
            fleet.send(moved, NOON, 1, Map.of("site", "said-of-live"));
            fleet.flush();
            assertThat(atSet.nextData()).isEqualTo(data(moved, "1"));
            fleet.send(stayed, NOON, 2, Map.of("site", "said-of-live"));
            fleet.flush();
            assertThat(atSaid.nextData()).isEqualTo(data(stayed, "2"));
            assertThat(atSet.waiting()).isZero();
        }
    }

    @Test
    void filtersBySensorTypeAndSite() throws Exception {
        String onTheRoof = fleet.newSensor();
        String inTheYard = fleet.newSensor();
        String without = fleet.newSensor();
        try (TestFleet others = TestFleet.ofType("live-other");
                EventStream one = EventStream.open("/api/v1/sensors/" + inTheYard + "/readings/stream");
                EventStream two = EventStream.open(ALL + "?sensor=" + onTheRoof + "&sensor=" + without);
                EventStream ofType = EventStream.open(ALL + "?type=live-other");
                EventStream ofSite = EventStream.open(ALL + "?site=roof-of-live");
                EventStream both = EventStream.open(ALL + "?site=roof-of-live&type=live-other");
                EventStream oneElsewhere = EventStream.open(ALL + "?sensor=" + inTheYard + "&site=roof-of-live")) {
            String other = others.newSensor();
            others.send(other, NOON, 4, Map.of("site", "roof-of-live"));
            others.flush();
            assertThat(both.nextData()).contains("\"type\":\"live-other\"", "\"value\":4");
            assertThat(ofType.nextData()).contains("\"value\":4");
            assertThat(ofSite.nextData()).contains("\"value\":4");
            fleet.send(onTheRoof, NOON, 1, Map.of("site", "roof-of-live"));
            fleet.flush();
            fleet.send(inTheYard, NOON, 2, Map.of("site", "yard-of-live"));
            fleet.flush();
            fleet.send(without, NOON, 3);
            fleet.flush();
            assertThat(one.nextData()).isEqualTo(data(inTheYard, "2"));
            assertThat(List.of(two.nextData(), two.nextData()))
                    .containsExactlyInAnyOrder(data(onTheRoof, "1"), data(without, "3"));
            assertThat(ofSite.nextData()).isEqualTo(data(onTheRoof, "1"));
            for (EventStream stream : List.of(one, two, ofType, ofSite, both, oneElsewhere)) {
                assertThat(stream.waiting()).isZero();
            }
        }
    }

    @Test
    void followsTheLabelsOfSensors() throws Exception {
        String warm = fleet.newSensor();
        String cold = fleet.newSensor();
        String kind = "live-" + SharedStack.get().nextNumber();
        fleet.send(warm, NOON, 0);
        fleet.send(cold, NOON, 0, Map.of("site", "roof-of-labels"));
        fleet.awaitStored();
        setLabels(warm, "{\"kind\":\"" + kind + "\",\"warm\":\"yes\"}");
        String both = ALL + "?label.kind=" + kind + "&label.warm=yes";
        try (EventStream kinds = EventStream.open(ALL + "?label.kind=" + kind);
                EventStream replayed = EventStream.open(both + "&since=2026-03-01T00:00:00Z");
                EventStream onTheRoof = EventStream.open(ALL + "?site=roof-of-labels&label.kind=" + kind);
                EventStream twice = EventStream.open(both)) {
            assertThat(replayed.nextData()).isEqualTo(data(warm, "0"));
            assertThat(replayed.next().name()).isEqualTo("caught-up");
            fleet.send(cold, NOON, 1);
            fleet.flush();
            fleet.send(warm, NOON, 2);
            fleet.flush();
            assertThat(kinds.nextData()).isEqualTo(data(warm, "2"));
            assertThat(replayed.nextData()).isEqualTo(data(warm, "2"));
            String id = twice.next().id();
            setLabels(warm, "{\"warm\":\"yes\"}");
            setLabels(cold, "{\"kind\":\"" + kind + "\"}");
            AtomicInteger value = new AtomicInteger(10);
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                int next = value.incrementAndGet();
                fleet.send(warm, NOON, next);
                fleet.send(cold, NOON, next, Map.of("site", "roof-of-labels"));
                fleet.flush();
                String received = received(kinds);
                return received.equals(data(cold, String.valueOf(next))) && received.equals(received(onTheRoof));
            });
            assertThat(statusOfId(ALL + "?label.kind=" + kind, id)).isEqualTo(400);
            EventStream.open(both, id).close();
        }
    }

    /** The data of the events that arrive before a pause. */
    private static String received(EventStream stream) throws InterruptedException {
        StringBuilder data = new StringBuilder();
        EventStream.Event event = stream.next(Duration.ofMillis(300));
        while (event != null) {
            data.append(event.data());
            event = stream.next(Duration.ofMillis(300));
        }
        return data.toString();
    }

    private static int statusOfId(String path, String id) {
        return given().header("Last-Event-ID", id).get(path).statusCode();
    }

    private static void setLabels(String sensorId, String labels) {
        assertThat(given().contentType("application/json")
                        .body("{\"labels\":" + labels + "}")
                        .put("/api/v1/sensors/" + sensorId)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void streamsASensorAndATopicThatAppearLater() throws Exception {
        String type = "live-new-" + SharedStack.get().nextNumber();
        String sensorId = type + "-first";
        try (EventStream bySensor = EventStream.open(ALL + "?sensor=" + sensorId);
                EventStream byType = EventStream.open(ALL + "?type=" + type);
                TestFleet late = TestFleet.ofType(type)) {
            late.send(sensorId, NOON, "first");
            late.send(sensorId, NOON, "second");
            late.flush();
            for (EventStream stream : List.of(bySensor, byType)) {
                assertThat(stream.nextData()).contains("\"value\":\"first\"");
                assertThat(stream.nextData()).contains("\"value\":\"second\"");
            }
        }
    }

    @Test
    void sendsCorrectionsAndRepeatsButNoRejectedRecords() throws Exception {
        String sensorId = fleet.newSensor();
        try (EventStream stream = EventStream.open(ALL + "?sensor=" + sensorId)) {
            fleet.send(sensorId, NOON, 1);
            fleet.send(sensorId, NOON, 1);
            fleet.sendRecord(sensorId, "{\"sensorId\":");
            fleet.sendRecord(sensorId, "{\"sensorId\":\"someone-else\",\"timestamp\":\"" + NOON + "\",\"value\":7}");
            fleet.send(sensorId, "yesterday", 8);
            fleet.send(sensorId, NOON, "a\nb");
            fleet.send(sensorId, NOON, true);
            fleet.flush();
            for (String value : List.of("1", "1", "\"a\\nb\"", "true")) {
                assertThat(stream.nextData()).isEqualTo(data(sensorId, value));
            }
        }
    }

    @Test
    void startsWithTheNextRecord() throws Exception {
        String sensorId = fleet.newSensor();
        fleet.send(sensorId, NOON, "before");
        fleet.flush();
        try (EventStream first = EventStream.open(ALL + "?sensor=" + sensorId)) {
            fleet.send(sensorId, NOON, "after");
            fleet.flush();
            String data = first.nextData();
            // A running tail may not have reached the first record when this stream opened.
            assertThat(data.contains("before") ? first.nextData() : data).isEqualTo(data(sensorId, "\"after\""));
        }
    }

    /** The slow client reads nothing from its socket; 10 MB exceed all buffers in between. */
    @Test
    void aSlowClientMissesEventsAndDelaysNoOther() throws Exception {
        String sensorId = fleet.newSensor();
        String padding = "x".repeat(1_000);
        double gapsBefore = metric("telltale_live_gaps_total{reason=\"slow-client\"}");
        try (Socket slow = new Socket();
                EventStream fast = EventStream.open(ALL + "?sensor=" + sensorId)) {
            slow.setReceiveBufferSize(4_096);
            slow.connect(new InetSocketAddress("localhost", RestAssured.port));
            slow.getOutputStream()
                    .write(("GET " + ALL + "?sensor=" + sensorId + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(slow.getInputStream().read()).isEqualTo('H');
            for (int sent = 0; sent < 10_000; sent++) {
                fleet.send(sensorId, NOON, sent + padding);
                // In batches that wait for the fast client only: if it receives one late, the slow client delayed it.
                if (sent % 500 == 499) {
                    fleet.flush();
                    int last = sent;
                    for (int expected = last - 499; expected <= last; expected++) {
                        assertThat(fast.nextData()).contains("\"value\":\"" + expected + "x");
                    }
                }
            }
            assertThat(metric("telltale_live_gaps_total{reason=\"slow-client\"}"))
                    .isGreaterThan(gapsBefore);
            slow.setSoTimeout(30_000);
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8));
            skipTo("event: gap", lines);
            assertThat(lines.readLine()).isEqualTo("data: {\"reason\":\"slow-client\"}");
            skipTo(
                    "data: {\"sensorId\":\"" + sensorId + "\",\"type\":\"live\",\"timestamp\":\"" + NOON
                            + "\",\"value\":\"9999x",
                    lines);
        }
    }

    private static void skipTo(String begin, BufferedReader lines) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(begin)) {
            line = lines.readLine();
        }
        assertThat(line).startsWith(begin);
    }

    @Test
    void sendsTheReadingsOfAPackWithAnyKey() throws Exception {
        try (TestFleet packs = TestFleet.ofType("live-senml")) {
            String gateway = packs.newSensor();
            String sensor = packs.newSensor();
            try (EventStream stream = EventStream.open("/api/v1/sensors/%s/readings/stream".formatted(sensor))) {
                packs.sendRecord(
                        gateway,
                        "[{\"bn\":\"%s\",\"bt\":1767225600,\"v\":1},{\"bn\":\"%s\",\"v\":2},{\"t\":1,\"v\":\"?\"},{\"t\":2,\"v\":3}]"
                                .formatted(gateway, sensor),
                        Map.of("content-type", "application/senml+json"));
                packs.flush();

                String event =
                        "{\"sensorId\":\"%s\",\"type\":\"live-senml\",\"timestamp\":\"2026-01-01T00:00:0%d.000Z\",\"value\":%d}";
                assertThat(stream.nextData()).isEqualTo(event.formatted(sensor, 0, 2));
                assertThat(stream.nextData()).isEqualTo(event.formatted(sensor, 2, 3));
            }
        }
    }

    @Test
    void countsOnlyOpenStreams() throws Exception {
        List<EventStream> streams = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            streams.add(EventStream.open(ALL + "?sensor=" + fleet.newSensor()));
        }
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(metric("telltale_live_subscribers"))
                .isGreaterThanOrEqualTo(5));
        for (EventStream stream : streams) {
            stream.close();
        }
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(metric("telltale_live_subscribers"))
                .isZero());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /api/v1/readings/stream?sensor=-                | 400 | bad-parameter     | sensor
                    /api/v1/readings/stream?sensor=a,b              | 400 | bad-parameter     | repeat the parameter
                    /api/v1/readings/stream?type=Live               | 400 | bad-parameter     | type
                    /api/v1/readings/stream?site=%2F                | 400 | bad-parameter     | site
                    /api/v1/readings/stream?since=yesterday         | 400 | bad-parameter     | since
                    /api/v1/readings/stream?mode=newest             | 400 | bad-parameter     | mode
                    /api/v1/sensors/a/readings/stream?type=live     | 400 | unknown-parameter | type
                    /api/v1/sensors/a%20b/readings/stream           | 400 | bad-parameter     | 'a b'
                    """)
    void refusesInvalidParameters(String path, int status, String code, String inDetail) {
        Response answer =
                given().urlEncodingEnabled(false).accept("text/event-stream").get(path);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(answer.jsonPath().getString("type")).isEqualTo("urn:telltale:problem:" + code);
        assertThat(answer.jsonPath().getString("detail")).contains(inDetail);
    }

    private static String data(String sensorId, String value) {
        return "{\"sensorId\":\"%s\",\"type\":\"live\",\"timestamp\":\"%s\",\"value\":%s}"
                .formatted(sensorId, NOON, value);
    }

    private static double metric(String name) {
        return given().get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }
}
