package io.telltale.post;

import static io.restassured.RestAssured.config;
import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.response.ValidatableResponse;
import io.telltale.ingest.TopicRecords;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PostReadingsTest {

    private static final String PATH = "/api/v1/readings";

    private static final String GOOD =
            "{\"sensorId\":\"post-%s\",\"type\":\"posted\",\"timestamp\":\"2026-02-03T04:05:06.007Z\",\"value\":%s}";

    @Test
    void createsTheTopicOfANewType() {
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
    void acceptsValidElementsAndListsTheOthersByIndex() {
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
    void answers422WhenNoReadingIsValid() {
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
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~~                | is empty; expected one reading or an array of readings
            {                 | is not JSON at byte 1: found the end; expected a field name in double quotes
            [{"sensorId":"a"}, | is not JSON at byte 18: found the end; expected a value such as
            {} {}             | is not JSON at byte 3: found '{'; expected nothing after the first value
            [1,2              | is not JSON at byte 4: found the end; expected ',' or ']'
            nonsense          | is not JSON at byte 0: found 'nonsense'; expected a value such as
            [{"value":NaN}]   | is not JSON at byte 10: found 'NaN'; expected a value such as
            """)
    void describesABodyThatIsNotJsonInOwnWords(String body, String detail) {
        post(body)
                .statusCode(400)
                .body("type", equalTo("urn:telltale:problem:bad-request"))
                .body("detail", startsWith("body " + detail))
                .body("detail", endsWith("; 0 readings were accepted"));
    }

    @Test
    void rejectsAnElementWithALongNameAlone() {
        post("[" + GOOD.formatted("beside", "1") + ",{\"" + "n".repeat(100_000) + "\":1}," + "7".repeat(100_000) + "]")
                .statusCode(202)
                .body("accepted", is(1))
                .body("rejected.reason", contains("too-large", "too-large"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/xml", "multipart/form-data"})
    void rejectsOtherMediaTypes(String mediaType) {
        given().config(config().encoderConfig(withoutDefaultCharset()))
                .header("Content-Type", mediaType)
                .body("x".repeat(100_000).getBytes(UTF_8))
                .post(PATH)
                .then()
                .statusCode(415)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:telltale:problem:unsupported-media-type"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json;charset=UTF-8",
                "application/json; charset=ISO-8859-1",
                "Application/JSON; charset=\"utf-8\"; x=y",
                "application/x-ndjson; a=b",
                "application/ndjson",
                "application/jsonl; charset=utf-8",
                "Application/X-JSONLines"
            })
    void acceptsParametersAndAliasesOfAMediaType(String mediaType) {
        given().config(config().encoderConfig(withoutDefaultCharset()))
                .header("Content-Type", mediaType)
                .body(GOOD.formatted("parameters", "1").getBytes(UTF_8))
                .post(PATH)
                .then()
                .statusCode(202);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            application/json     | ?type=a      | bad-parameter     | type is 'a'; expected none; with application/json
            application/jsonl    | ?type=a      | bad-parameter     | type is 'a'; expected none; with application/x-ndjson
            application/senml+json | ''         | bad-parameter     | type is missing
            application/senml+json | ?type=     | bad-parameter     | ''
            application/senml+json | ?type=A_b  | bad-parameter     | 'A_b'
            application/senml+json | ?type=a&kind=b | unknown-parameter | 'kind'
            """)
    void requiresATypeForPacksOnly(String mediaType, String query, String code, String detail) {
        given().urlEncodingEnabled(false)
                .contentType(mediaType)
                .body("[]".getBytes(UTF_8))
                .post(PATH + query)
                .then()
                .statusCode(400)
                .body("type", equalTo("urn:telltale:problem:" + code))
                .body("detail", containsString(detail.replace("''", "")));
    }

    @Test
    void sendsEachValidPackEntryAsItsOwnRecord() throws Exception {
        String type = "packed-" + SharedStack.get().nextNumber();
        long before = Instant.now().toEpochMilli();
        pack(type, """
                        [{"bn":"pack-a","bu":"Cel","t":-60,"v":20.5},{"v":"hot"},{"v":21.5},{"v":22.5},
                         {"bn":"pack-b","bu":"lx","vs":"bright"}, 7, {"n":"/","v":1},{"t":1000,"v":1}]""")
                .statusCode(202)
                .body("accepted", is(4))
                .body("rejected.index", contains(1, 5, 6, 7))
                .body(
                        "rejected.reason",
                        contains("invalid-value", "malformed", "invalid-sensor-id", "timestamp-in-future"));
        long after = Instant.now().toEpochMilli();

        // Two readings of one instant are two records, in order: the later one wins.
        List<JsonNode> a = TopicRecords.bodies("sensors." + type, "pack-a");
        assertThat(a).extracting(body -> body.get("value").asDouble()).containsExactly(20.5, 21.5, 22.5);
        assertThat(a).extracting(body -> body.get("unit").asText()).containsOnly("Cel");
        assertThat(a).extracting(body -> body.get("type").asText()).containsOnly(type);
        long first = Instant.parse(a.get(0).get("timestamp").asText()).toEpochMilli();
        assertThat(first).isBetween(before - 60_000, after - 60_000);
        assertThat(Instant.parse(a.get(2).get("timestamp").asText()).toEpochMilli())
                .isEqualTo(first + 60_000);
        assertThat(TopicRecords.bodies("sensors." + type, "pack-b"))
                .singleElement()
                .satisfies(body -> assertThat(body.get("value").asText()).isEqualTo("bright"));
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> given().get("/api/v1/sensors/pack-a/readings?from=now-5m&to=now-30s")
                        .then()
                        .statusCode(200)
                        .body("readings.value", contains(20.5f)));
    }

    @Test
    void acceptsAPackLargerThanARecord() {
        StringBuilder pack = new StringBuilder("[{\"bn\":\"pack-large\",\"bt\":1767225600,\"v\":0}");
        for (int i = 1; i < 20_000; i++) {
            pack.append(",{\"t\":").append(i).append(",\"v\":").append(i).append('}');
        }
        pack("packed-large", pack + "]").statusCode(202).body("accepted", is(20_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[{\"n\":\"a\",\"v\":1},{\"x_\":1}]",
                "[{\"n\":\"a\",\"v\":1}",
                "[{\"bver\":11}]",
                "[] []"
            })
    void rejectsABodyThatIsNotAPack(String body) {
        pack("packed", body)
                .statusCode(400)
                .body("type", equalTo("urn:telltale:problem:bad-request"))
                .body("detail", containsString("; expected "))
                .body("accepted", is(0));
    }

    @Test
    void answers422ToBlankLinesAndToAnEmptyPack() {
        given().contentType("application/x-ndjson")
                .body("\n \r\n".getBytes(UTF_8))
                .post(PATH)
                .then()
                .statusCode(422)
                .body("accepted", is(0))
                .body("rejected", hasSize(0));
        pack("packed", "[]").statusCode(422);
    }

    @Test
    void countsRejectedReadingsBeyondTheFirstThousand() {
        post("[" + "7,".repeat(5_000) + GOOD.formatted("refusals", "1") + "]")
                .statusCode(202)
                .body("accepted", is(1))
                .body("rejected", hasSize(1_000))
                .body("rejected[999].detail", equalTo("body is 7; expected a JSON object"))
                .body("unlisted", is(4_000));
        post("[" + "{},".repeat(200) + GOOD.formatted("refusals", "1") + "]")
                .statusCode(202)
                .body("rejected[0].detail", endsWith("; found no fields"))
                .body("rejected[100].detail", endsWith("…"));
    }

    @Test
    void validatesEachLine() {
        given().contentType("application/x-ndjson")
                .body((GOOD.formatted("lines", "1") + "\n\n{\n" + GOOD.formatted("lines", "1e999") + "\r\n"
                                + GOOD.formatted("lines", "2"))
                        .getBytes(UTF_8))
                .post(PATH)
                .then()
                .statusCode(202)
                .body("accepted", is(2))
                .body("rejected.index", contains(1, 2))
                .body("rejected.reason", contains("malformed", "invalid-value"));
    }

    @Test
    void answersExpectContinue() throws Exception {
        try (BarePost post = BarePost.open(RestAssured.port, "application/x-ndjson", "Expect: 100-continue")) {
            assertThat(post.answer().status()).isEqualTo(100);
            assertThat(post.send(GOOD.formatted("expect", "1")).end().status()).isEqualTo(202);
        }
        try (BarePost post = BarePost.open(RestAssured.port, "text/plain", "Expect: 100-continue")) {
            assertThat(post.answer().status()).isEqualTo(415);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {(10 << 20) + 1, 20 << 20})
    void rejectsABodyAboveTenMebibytes(int bytes) {
        post(" ".repeat(bytes))
                .statusCode(413)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:telltale:problem:body-too-large"))
                .body("detail", containsString("expected at most 10485760"))
                .body("accepted", is(0));
    }

    @Test
    void acceptsABodyOfTenMebibytes() {
        String reading = GOOD.formatted("full", "1");
        post("[" + reading + " ".repeat((10 << 20) - reading.length() - 2) + "]")
                .statusCode(202);
    }

    private static ValidatableResponse pack(String type, String body) {
        return given().contentType("application/senml+json")
                .body(body.getBytes(UTF_8))
                .post(PATH + "?type=" + type)
                .then();
    }

    private static EncoderConfig withoutDefaultCharset() {
        return EncoderConfig.encoderConfig().appendDefaultContentCharsetToContentTypeIfUndefined(false);
    }

    private static ValidatableResponse post(String body) {
        return given().contentType("application/json").body(body).post(PATH).then();
    }
}
