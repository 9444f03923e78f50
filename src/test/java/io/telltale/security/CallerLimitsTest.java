package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.StallingClient;
import io.telltale.security.SecuredClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A caller at its limits is refused with the name of the limit, and keeps no other caller waiting. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class CallerLimitsTest {

    /** With the padding, more than the buffers between the service and a client that does not read. */
    private static final int MANY = 20_000;

    private static final String PADDING = "x".repeat(1_000);
    private static final String ALICE = token("alice");
    private static final String BOB = token("bob");

    private static TestFleet fleet;
    private static String sensorId;

    @BeforeAll
    static void storesReadings() {
        fleet = TestFleet.ofType("caller-limits");
        sensorId = fleet.newSensor();
        for (int i = 0; i < MANY; i++) {
            fleet.send(sensorId, 1_769_904_000_000L + i, i + PADDING);
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    private static String token(String name) {
        Map<String, Object> claims = TestCredentials.claims("reader", "writer");
        claims.put("sub", name);
        return TestCredentials.signed(claims);
    }

    @Test
    void refusesHeavyQueriesOfOneCallerOnly() throws IOException {
        try (StallingClient first = export(ALICE)) {
            first.assertBegins();
            awaitQueries("heavy", 1);
            try (StallingClient second = export(ALICE)) {
                awaitQueries("waiting", 1);
                Answer third = SecuredClient.get(exportPath(), bearer(ALICE));
                assertThat(third.problem(429, "too-many"))
                        .contains("telltale.query.heavy-per-caller=1 and telltale.query.waiting-per-caller=1");
                assertThat(third.retryAfter()).isEqualTo("5");
                String page = "/api/v1/sensors/%s/readings?from=now-1m".formatted(sensorId);
                assertThat(SecuredClient.get(page, bearer(ALICE)).status())
                        .as("pages are not heavy")
                        .isEqualTo(200);
                try (StallingClient other = export(BOB)) {
                    other.assertBegins();
                    awaitQueries("heavy", 2);
                }
                first.leave();
                second.assertBegins();
            }
        }
        awaitQueries("heavy", 0);
        awaitQueries("waiting", 0);
    }

    @Test
    void refusesRequestsOfOneCallerOnly() throws IOException {
        List<StallingClient> slow = new ArrayList<>();
        try {
            for (int i = 0; i < SecuredService.REQUESTS_PER_CALLER; i++) {
                slow.add(ask(
                        ALICE, "POST /api/v1/readings", "Content-Type: application/x-ndjson", "Content-Length: 100"));
            }
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(sensor(ALICE).problem(429, "too-many"))
                            .endsWith("telltale.security.requests-per-caller=" + SecuredService.REQUESTS_PER_CALLER));
            assertThat(sensor(ALICE).retryAfter()).isEqualTo("5");
            assertThat(sensor(BOB).status()).isEqualTo(200);
            assertThat(SecuredClient.get("/api/v1/readings/stream?type=caller-limits", bearer(ALICE))
                            .status())
                    .as("streams have a limit of their own")
                    .isEqualTo(200);
        } finally {
            for (StallingClient client : slow) {
                client.close();
            }
        }
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(sensor(ALICE).status()).isEqualTo(200));
    }

    private static Answer sensor(String token) {
        return SecuredClient.get("/api/v1/sensors/" + sensorId, bearer(token));
    }

    private static String exportPath() {
        return "/api/v1/sensors/%s/readings?from=0&format=ndjson".formatted(sensorId);
    }

    private static StallingClient export(String token) throws IOException {
        return ask(token, "GET " + exportPath());
    }

    private static StallingClient ask(String token, String request, String... headers) throws IOException {
        return StallingClient.send(
                RestAssured.port,
                request,
                Stream.concat(Stream.of("Authorization: Bearer " + token), Stream.of(headers))
                        .toArray(String[]::new));
    }

    private static void awaitQueries(String which, int count) {
        Map<String, String> monitor = bearer(TestCredentials.token("monitor"));
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                        SecuredClient.get("/q/metrics", monitor).body())
                .contains("telltale_queries_%s %d.0\n".formatted(which, count)));
    }
}
