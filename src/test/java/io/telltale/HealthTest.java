package io.telltale;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class HealthTest {

    @Test
    void isReadyAndNamesTheOutageWithoutCassandra() {
        awaitStatus("/q/health/started", 200);
        awaitStatus("/q/health/group/dependencies", 200);
        SharedStack.get().cassandra().pause();
        try {
            given().get("/q/health/group/dependencies")
                    .then()
                    .statusCode(503)
                    .body("checks.name", containsInAnyOrder("kafka", "cassandra"))
                    .body("checks.find { it.name == 'kafka' }.status", equalTo("UP"))
                    .body("checks.find { it.name == 'cassandra' }.status", equalTo("DOWN"));
            given().get("/q/health/ready")
                    .then()
                    .statusCode(200)
                    .body("checks.find { it.name == 'telltale' }.data.cassandra", equalTo("unavailable"))
                    .body("checks.find { it.name == 'telltale' }.data.kafka", equalTo("available"));
            given().get("/q/health/live").then().statusCode(200);
        } finally {
            SharedStack.get().cassandra().resume();
        }
        awaitStatus("/q/health/group/dependencies", 200);
    }

    private static void awaitStatus(String path, int status) {
        // A service that is stopped while it creates tables holds the lock of the schema for up to a minute.
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> given().get(path).then().statusCode(status));
    }
}
