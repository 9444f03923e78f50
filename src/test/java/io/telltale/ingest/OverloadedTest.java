package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.local.LocalStackResource;
import io.telltale.local.RequestLimit;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Cassandra answers some requests and rejects the others as overloaded. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
@WithTestResource(OverloadedTest.ProtocolFive.class)
class OverloadedTest {

    private static final String PROTOCOL_VERSION = "datastax-java-driver.advanced.protocol.version";

    /** Over version 4, Cassandra 5.0 ignores {@code native_transport_throw_on_overload}: it stops reading instead. */
    public static final class ProtocolFive implements QuarkusTestResourceLifecycleManager {

        @Override
        public Map<String, String> start() {
            System.setProperty(PROTOCOL_VERSION, "V5");
            return Map.of();
        }

        /** The test has done this already, unless the service did not start. */
        @Override
        public void stop() {
            System.clearProperty(PROTOCOL_VERSION);
        }
    }

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Each has its own partition, so that concurrent requests exceed the limit. */
    private static final int SENSORS = 20;

    private static final int PER_SECOND = 1;
    private static final String REASON =
            "Cassandra cannot answer: level local_quorum, a node is overloaded: Request breached global limit of %d requests/second."
                    .formatted(PER_SECOND);

    private final String type = "overloaded-" + SharedStack.get().nextNumber();

    /** The service is connected. Quarkus stops it, and its resources, only after tests without Quarkus that follow. */
    @BeforeAll
    static void leaveTheVersionToLaterTests() {
        System.clearProperty(PROTOCOL_VERSION);
    }

    @Test
    void waitsWhileCassandraIsOverloaded() throws Exception {
        withLimit(this::overload);
    }

    @Test
    void registersSensorsInSmallBatchesUnderOverload() throws Exception {
        withLimit((sender, limit) -> {
            // Enough for some sensors and for the progress of all topics, which earlier tests may have created by the
            // dozen; never for the four requests of all twenty sensors together.
            limit.set(2 * SENSORS);
            sendOfEach(sender, 1);
            awaitHealth("waits: registering sensors failed, ");
            awaitAllCommitted();
        });
    }

    @FunctionalInterface
    private interface Limited {
        void run(RecordSender sender, RequestLimit limit) throws Exception;
    }

    /** Runs with a known topic and a limited node, without the limit before and afterwards. */
    private void withLimit(Limited test) throws Exception {
        try (RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            sender.send(type, reading(1));
            awaitAllCommitted();
            try (RequestLimit limit = RequestLimit.of(SharedStack.get().cassandra())) {
                awaitHealthWithoutWaits();
                test.run(sender, limit);
            }
        }
        awaitHealthWithoutWaits();
    }

    private void overload(RecordSender sender, RequestLimit limit) throws Exception {
        limit.set(PER_SECOND);
        sendOfEach(sender, 1);
        awaitHealth("waits: registering sensors failed, " + REASON);
        limit.lift();
        awaitAllCommitted();

        ServiceMetrics before = metrics();
        limit.set(PER_SECOND);
        sendOfEach(sender, 2);
        awaitHealth("waits: writing readings failed in ", "bucket from 1767225600000 ms, " + REASON);
        await().atMost(LIMIT).until(() -> stored(metrics()) > stored(before));
        long missing = missing();
        assertThat(missing).as("uncommitted records").isPositive();
        // Only durable offsets are committed. Readings that became durable since the request may be uncommitted.
        assertThat(1 + 2 * SENSORS - missing).as("committed records").isLessThanOrEqualTo((long) stored(metrics()));
        assertThat(metrics().sum("telltale_write_retries_total"))
                .as("failed attempts")
                .isGreaterThan(before.sum("telltale_write_retries_total"));
        assertThat(metrics().sum("telltale_writes_limit"))
                .as("concurrent writes")
                .isLessThan(before.sum("telltale_writes_limit"));
        await().atMost(LIMIT).until(() -> readings(0).statusCode() == 503);
        limit.lift();
        awaitAllCommitted();
        for (int i = 0; i < SENSORS; i++) {
            readings(i).then().statusCode(200).body("readings.value", contains(1, 2));
        }
    }

    private void sendOfEach(RecordSender sender, int second) throws Exception {
        for (int i = 0; i < SENSORS; i++) {
            sender.sendWithoutWaiting(sensor(i), reading(second));
        }
        sender.flush();
    }

    private static String reading(int second) {
        return "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}".formatted(second, second);
    }

    private String sensor(int number) {
        return "%s-%d".formatted(type, number);
    }

    /** A rejected request carries Retry-After. */
    private Response readings(int sensor) {
        Response answer = given().get(
                        "/api/v1/sensors/{id}/readings?from=2026-01-01T00:00:00Z&to=2026-01-01T00:01:00Z",
                        sensor(sensor));
        if (answer.statusCode() != 200) {
            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isEqualTo("5");
            assertThat(answer.jsonPath().getString("detail")).startsWith(REASON);
        }
        return answer;
    }

    /** Ready, since requests that need only Kafka are served. Polled rarely: each check also asks Cassandra. */
    private static void awaitHealth(String... said) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            Response health = given().get("/q/health/ready");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.asString()).contains(said);
        });
    }

    private static void awaitHealthWithoutWaits() {
        await().atMost(LIMIT).untilAsserted(() -> {
            Response health = given().get("/q/health/ready");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.asString())
                    .contains("\"cassandra\": \"available\"")
                    .doesNotContain("waits: ");
        });
    }

    private void awaitAllCommitted() {
        FleetAccounts.awaitAllCommitted(types(), LIMIT);
    }

    private long missing() throws Exception {
        return CommittedOffsets.missing(SharedStack.get().kafka(), "telltale", types()::contains).values().stream()
                .mapToLong(records -> records)
                .sum();
    }

    private Set<SensorType> types() {
        return Set.of(new SensorType(type));
    }

    private double stored(ServiceMetrics metrics) {
        return metrics.sum("telltale_readings_stored_total", "topic", "sensors." + type);
    }

    private static ServiceMetrics metrics() {
        return ServiceMetrics.of("http://localhost:" + RestAssured.port);
    }
}
