package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.telltale.local.LocalStackResource;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PostReadingsTest {

    private static final String GOOD =
            "{\"sensorId\":\"post-%s\",\"type\":\"posted\",\"timestamp\":\"2026-02-03T04:05:06.007Z\",\"value\":%s}";

    @Test
    void aPostedReadingIsStoredThoughItsTypeHadNoTopic() {
        post(GOOD.formatted("one", "12.5"))
                .statusCode(202)
                .body("accepted", is(1))
                .body("rejected", hasSize(0));

        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> given().get("/api/v1/sensors/post-one/readings/latest")
                        .then()
                        .statusCode(200)
                        .body("timestamp", equalTo("2026-02-03T04:05:06.007Z"))
                        .body("value", is(12.5f)));
    }

    @Test
    void ofAnArrayTheGoodOnesAreTakenAndTheOthersNamedByTheirPlace() {
        post("[" + GOOD.formatted("two", "1") + ",{\"type\":\"posted\",\"value\":1}, 7, "
                        + GOOD.formatted("three", "\"open\"")
                        + ",{\"sensorId\":\"x\",\"timestamp\":\"now\",\"value\":1}]")
                .statusCode(202)
                .body("accepted", is(2))
                .body("rejected.index", contains(1, 2, 4))
                .body("rejected.reason", contains("missing-field", "malformed", "missing-field"))
                .body("rejected[0].detail", containsString("sensorId"))
                .body("rejected[2].detail", containsString("type"));
    }

    @Test
    void whereNothingIsGoodTheAnswerSaysSo() {
        post("[{\"sensorId\":\"a\",\"type\":\"Posted\",\"timestamp\":1767225600000,\"value\":1}]")
                .statusCode(422)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:telltale:problem:nothing-acceptable"))
                .body("accepted", is(0))
                .body("rejected[0].reason", equalTo("type-mismatch"))
                .body("rejected[0].detail", containsString("'Posted'"));
        post("[]").statusCode(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[{\"sensorId\":\"a\"},", "{} {}", "[1,2", "nonsense"})
    void aBodyThatIsNotJsonIsRefusedWhole(String body) {
        post(body).statusCode(400).body("type", equalTo("urn:telltale:problem:bad-request"));
    }

    @ParameterizedTest
    @CsvSource({"text/plain,415,unsupported-media-type", "application/xml,415,unsupported-media-type"})
    void otherMediaTypesAreRefused(String mediaType, int status, String code) {
        given().contentType(mediaType)
                .body("x")
                .post("/api/v1/readings")
                .then()
                .statusCode(status)
                .body("type", equalTo("urn:telltale:problem:" + code));
    }

    @Test
    void aBodyOverTenMebibytesIsTooLarge() {
        post("[" + " ".repeat(10 << 20) + "]")
                .statusCode(413)
                .body("type", equalTo("urn:telltale:problem:body-too-large"))
                .body("detail", containsString("10485760"));
    }

    private static ValidatableResponse post(String body) {
        return given().contentType("application/json")
                .body(body)
                .post("/api/v1/readings")
                .then();
    }
}
