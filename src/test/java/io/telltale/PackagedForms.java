package io.telltale;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;

import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.telltale.api.DocumentedAnswers;
import io.telltale.local.SelfSignedCertificate;
import io.telltale.local.ServiceSettings;
import io.telltale.local.ServiceUnderTest;
import io.telltale.local.SharedStack;
import io.telltale.post.ContentCoding;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Forms of readings and responses on a packaged service that also has HTTPS and one setting of CORS. Starts it, and
 * posts readings to it.
 */
abstract class PackagedForms {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String DAY = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
    private static final String READINGS = "/api/v1/readings";

    static final String ORIGIN = "https://dashboard.example";
    static final String TYPE = "packaged-forms";

    /**
     * A reading in a form that clients send, and in the form that they receive.
     *
     * @param timestamp as JSON, like the value and the other fields
     */
    private record Form(
            String timestamp,
            String value,
            String fields,
            String instant,
            String number,
            @Nullable String unit,
            @Nullable String site) {}

    private static final List<Form> FORMS = List.of(
            new Form(
                    "\"2026-01-01T02:00:01+0200\"",
                    "-9223372036854775808",
                    ",\"unit\":\"\u00b0C\",\"site\":\"Plant 2\"",
                    "2026-01-01T00:00:01.000Z",
                    "-9223372036854775808",
                    "\u00b0C",
                    "Plant 2"),
            new Form(
                    "\"2026-01-01T01:00:02+01\"",
                    "9007199254740994",
                    ",\"unit\":\"\u00b5g/m\u00b3\"",
                    "2026-01-01T00:00:02.000Z",
                    "9007199254740994",
                    "\u00b5g/m\u00b3",
                    null),
            new Form(
                    "\"2026-01-01T00:03Z\"",
                    "1e16",
                    ",\"unit\":\"\u2126\"",
                    "2026-01-01T00:03:00.000Z",
                    "10000000000000000",
                    // The data of the normal form NFC are resources of the JDK.
                    "\u03a9",
                    null),
            new Form(
                    "\"2026-01-01T00:00:04,5678Z\"",
                    "1e300",
                    ",\"unit\":\"\",\"site\":\"\"",
                    "2026-01-01T00:00:04.567Z",
                    "1.0E300",
                    null,
                    null),
            new Form("1767225600123.0", "0.1", "", "2026-01-01T00:00:00.123Z", "0.1", null, null),
            new Form(
                    "1.767225600124e12",
                    "21.0",
                    ",\"unit\":7,\"site\":\"a/b\"",
                    "2026-01-01T00:00:00.124Z",
                    "21",
                    null,
                    null));

    static SelfSignedCertificate certificate;
    static ServiceUnderTest service;
    private static String prefix;

    @BeforeAll
    static void startAndPost(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        new DocumentedAnswers().beforeClass(PackagedForms.class);
        certificate = SelfSignedCertificate.in(directory);
        prefix = "packaged-form-" + stack.nextNumber() + "-";
        service = ServiceUnderTest.start(
                ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory.resolve("service"))
                        .with("telltale.storage.keyspace", "telltale_it")
                        .with("mp.messaging.incoming.sensors.group.id", prefix + "group")
                        .with("mp.messaging.incoming.sensors.metadata.max.age.ms", "200")
                        .with("quarkus.http.cors.origins", ORIGIN)
                        .withTls(certificate));
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < FORMS.size(); i++) {
            Form form = FORMS.get(i);
            lines.append("{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%s,\"value\":%s%s}\n"
                    .formatted(sensor(i), TYPE, form.timestamp(), form.value(), form.fields()));
        }
        post("application/x-ndjson", lines.toString())
                .statusCode(202)
                .body("accepted", equalTo(FORMS.size()))
                .body("warnings.index", contains(5, 5));
        for (int i = 0; i < FORMS.size(); i++) {
            String latest = "/api/v1/sensors/%s/readings/latest".formatted(sensor(i));
            await().atMost(LIMIT).until(() -> given().get(latest).statusCode() == 200);
        }
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    /** No request is an error of the service. Kafka's client reports the topics that do not exist yet. */
    @AfterEach
    void logsNoError() throws Exception {
        assertThat(Files.readAllLines(service.process().log()))
                .noneMatch(line -> line.contains(" ERROR ") && !line.contains("[org.apache.kafka."));
    }

    static String sensor(int form) {
        return prefix + form;
    }

    static String path(String template) {
        return template.replace("{id}", sensor(0)).replace("{day}", DAY);
    }

    static ValidatableResponse post(String mediaType, String body) {
        return withContentType(mediaType)
                .body(body.getBytes(UTF_8))
                .post(READINGS)
                .then();
    }

    /** Sends the header as it is. */
    static RequestSpecification withContentType(String mediaType) {
        return given().config(RestAssured.config()
                        .encoderConfig(EncoderConfig.encoderConfig()
                                .appendDefaultContentCharsetToContentTypeIfUndefined(false)))
                .header("Content-Type", mediaType);
    }

    @Test
    void returnsEachFormOfTimesNumbersUnitsAndSites() {
        for (int i = 0; i < FORMS.size(); i++) {
            Form form = FORMS.get(i);
            assertThat(given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor(i))
                            .asString())
                    .contains("{\"timestamp\":\"%s\",\"value\":%s}".formatted(form.instant(), form.number()));
            given().get("/api/v1/sensors/{id}", sensor(i))
                    .then()
                    .body("unit", equalTo(form.unit()))
                    .body("site", equalTo(form.site()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "zstd", "br"})
    void aCompressedPostIsAccepted(String coding) throws Exception {
        String reading = "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":1767268800000,\"value\":1}\n"
                .formatted(sensor(0), TYPE);
        ValidatableResponse answer = given().contentType("application/x-ndjson")
                .header("Content-Encoding", coding)
                .body(ContentCoding.compress(coding, reading.repeat(3).getBytes(UTF_8)))
                .post(READINGS)
                .then();
        if (coding.equals("br")) {
            answer.statusCode(415).body("detail", containsString("'br'; expected one of gzip, deflate, zstd"));
        } else {
            answer.statusCode(202).body("accepted", equalTo(3));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "application/ndjson, 202",
        "application/jsonl; charset=utf-8, 202",
        "Application/X-JSONLines, 202",
        "application/json; charset=utf-8, 202",
        "application/senml+json; charset=utf-8, 400"
    })
    void aliasesAndParametersOfMediaTypesAreAccepted(String mediaType, int status) {
        // A pack would require a type: it is taken for one.
        post(
                        mediaType,
                        "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":1767268800000,\"value\":1}"
                                .formatted(sensor(0), TYPE))
                .statusCode(status)
                .body(containsString(status == 202 ? "\"accepted\":1" : "type is missing"));
        given().accept("application/jsonl")
                .get(path("/api/v1/sensors/{id}/readings?{day}"))
                .then()
                .statusCode(200)
                .contentType("application/x-ndjson");
    }

    @ParameterizedTest
    @CsvSource({
        "json, application/json",
        "ndjson, application/x-ndjson",
        "csv, text/csv",
        "senml, application/senml+json"
    })
    void formatsAndDefaultsCanBeSentInAQuery(String format, String mediaType) {
        String query = path("/api/v1/sensors/{id}/readings?{day}&format=") + format;
        String withDefaults = given().accept("text/html")
                .get(query + "&csv=exact&order=asc&consistency=local_quorum")
                .then()
                .statusCode(200)
                .contentType(mediaType)
                .extract()
                .asString();
        assertThat(withoutCheckTime(withDefaults))
                .isEqualTo(withoutCheckTime(given().get(query).asString()));
    }

    /** {@code ingestedThrough} of an idle topic is the time of the check. */
    private static String withoutCheckTime(String body) {
        return body.replaceAll("\"ingestedThrough\":\\{[^}]*}", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/sensors/{id}/readings?{day}",
                "/api/v1/sensors/{id}/readings?{day}&format=ndjson",
                "/api/v1/sensors?type=" + TYPE,
                "/api/v1/readings/latest?type=" + TYPE
            })
    void listsAndExportsAreCompressed(String template) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:%d%s".formatted(RestAssured.port, path(template))))
                .header("Accept-Encoding", "gzip")
                .build();
        HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray());
        assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
        try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
            assertThat(new String(plain.readAllBytes(), UTF_8)).startsWith("{\"");
        }
    }

    /** On the native executable, the rules are those of the JDK that built it. */
    @ParameterizedTest
    @CsvSource({
        "EST, 05:00",
        "MST, 07:00",
        "HST, 10:00",
        "europe/berlin, 23:00",
        "Australia/Lord_Howe, 13:00",
        "America/Coyhaique, 03:00",
        "America/Nowhere, ''"
    })
    void zonesAreFoundByNameAndAlias(String zone, String startOfDay) {
        Response answer = given().get(path(
                "/api/v1/sensors/{id}/aggregates?{day}&interval=P1D&functions=count&fill=null&timezone=" + zone));
        if (startOfDay.isEmpty() || (zone.equals("America/Coyhaique") && answer.statusCode() == 400)) {
            // Older time zone data: the response has their version.
            answer.then()
                    .statusCode(400)
                    .body(
                            "detail",
                            matchesPattern(".* '%s'; expected an IANA time zone of version 20[0-9]{2}[a-z] .*"
                                    .formatted(zone)));
        } else {
            answer.then().statusCode(200).body("windows[1].start", containsString("T" + startOfDay));
        }
    }
}
