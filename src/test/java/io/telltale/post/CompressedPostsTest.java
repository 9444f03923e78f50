package io.telltale.post;

import static io.restassured.RestAssured.config;
import static io.restassured.RestAssured.given;
import static io.telltale.post.ContentCoding.compress;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.config.EncoderConfig;
import io.restassured.response.ValidatableResponse;
import io.telltale.ingest.TopicRecords;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class CompressedPostsTest {

    private static final String PATH = "/api/v1/readings";

    private static final String GOOD =
            "{\"sensorId\":\"%s\",\"type\":\"packed\",\"timestamp\":\"2026-02-03T04:05:06.007Z\",\"value\":%s}";

    @ParameterizedTest
    @CsvSource({
        "gzip, application/json", "GZIP, application/x-ndjson", "deflate, application/json",
        "zstd, application/x-ndjson", "zstd, application/json", "identity, application/json"
    })
    void acceptsACompressedBody(String coding, String mediaType) throws IOException {
        String sensor = "packed-" + SharedStack.get().nextNumber();
        postCompressed(
                        coding,
                        mediaType,
                        compress(coding, GOOD.formatted(sensor, "7").getBytes(UTF_8)))
                .statusCode(202)
                .body("accepted", is(1));
        assertThat(TopicRecords.bodies("sensors.packed", sensor))
                .singleElement()
                .satisfies(body -> assertThat(body.get("value").asInt()).isEqualTo(7));
    }

    @Test
    void acceptsACompressedPack() throws IOException {
        given().contentType("application/senml+json")
                .header("Content-Encoding", "gzip")
                .body(compress("gzip", "[{\"n\":\"packed-pack\",\"v\":1}]".getBytes(UTF_8)))
                .post(PATH + "?type=packed")
                .then()
                .statusCode(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "gzip, gzip", "compress"})
    void namesTheAcceptedContentCodings(String coding) {
        postCompressed(coding, "application/json", new byte[] {1})
                .statusCode(415)
                .body("type", equalTo("urn:telltale:problem:unsupported-media-type"))
                .body(
                        "detail",
                        equalTo("header Content-Encoding is '" + coding
                                + "'; expected one of gzip, deflate, zstd, or none"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "zstd"})
    void rejectsACompressedBodyThatIsDamagedOrTooLarge(String coding) throws IOException {
        byte[] whole = compress(coding, GOOD.formatted("cut", "1").getBytes(UTF_8));
        postCompressed(coding, "application/json", Arrays.copyOf(whole, whole.length - 1))
                .statusCode(400)
                .body("detail", containsString("not complete"))
                .body("accepted", is(0));
        postCompressed(coding, "application/json", "{}".getBytes(UTF_8)).statusCode(400);
        // 200 MB of spaces are some kilobytes.
        postCompressed(
                        coding,
                        "application/json",
                        compress(coding, " ".repeat(200 << 20).getBytes(UTF_8)))
                .statusCode(413)
                .body("type", equalTo("urn:telltale:problem:body-too-large"))
                .body("accepted", is(0));
    }

    @Test
    void boundsTheDecompressedBodyByTenMebibytes() throws IOException {
        Random random = new Random(7);
        StringBuilder lines = new StringBuilder();
        while (lines.length() < 10 << 20) {
            lines.append(GOOD.formatted("expanded-" + random.nextInt(1_000_000), random.nextDouble()))
                    .append('\n');
        }
        postCompressed(
                        "gzip",
                        "application/json",
                        compress("gzip", lines.toString().getBytes(UTF_8)))
                .statusCode(413)
                .body("detail", containsString("body is over 10485760 bytes when decompressed"));
    }

    private static ValidatableResponse postCompressed(String coding, String mediaType, byte[] body) {
        return given().config(config().encoderConfig(withoutDefaultCharset()))
                .header("Content-Type", mediaType)
                .header("Content-Encoding", coding)
                .body(body)
                .post(PATH)
                .then();
    }

    private static EncoderConfig withoutDefaultCharset() {
        return EncoderConfig.encoderConfig().appendDefaultContentCharsetToContentTypeIfUndefined(false);
    }
}
