package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ReadingStreamsTest {

    private static final String DAY = "?from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z";
    private static final int MANY = 25_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A sent value and its representations: JSON, CSV, and CSV for spreadsheets. */
    private record Shown(Object sent, String json, String csv, String spreadsheet) {
        Shown(Object sent, String all) {
            this(sent, all, all, all);
        }
    }

    private static final List<Shown> VALUES = List.of(
            new Shown(21.5, "21.5"),
            new Shown(1e300, "1.0E300"),
            new Shown(-0.0, "-0.0"),
            new Shown(4.9e-324, "4.9E-324"),
            new Shown(0.1, "0.1"),
            new Shown(-7, "-7"),
            new Shown(9_007_199_254_740_992L, "9007199254740992"),
            new Shown(true, "true"),
            new Shown(false, "false"),
            new Shown("open", "\"open\"", "open", "\"open\""),
            new Shown("", "\"\"", "", "\"\""),
            new Shown("grün 温度 🌡", "\"grün 温度 🌡\"", "grün 温度 🌡", "\"grün 温度 🌡\""),
            new Shown("a,b", "\"a,b\"", "\"a,b\"", "\"a,b\""),
            new Shown("say \"hi\"", "\"say \\\"hi\\\"\"", "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""),
            new Shown("one\ntwo\r\n", "\"one\\ntwo\\r\\n\"", "\"one\ntwo\r\n\"", "\"one\ntwo\r\n\""),
            new Shown("=1+2", "\"=1+2\"", "=1+2", "\"'=1+2\""));

    private static TestFleet fleet;
    private static String kinds;
    private static String many;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("query");
        kinds = fleet.newSensor();
        for (int i = 0; i < VALUES.size(); i++) {
            fleet.send(kinds, timestamp(i), VALUES.get(i).sent());
        }
        many = fleet.newSensor();
        for (int i = 0; i < MANY; i++) {
            fleet.send(many, 1_769_904_000_000L + 3_000L * i, i);
        }
        fleet.awaitStored();
    }

    private static String timestamp(int second) {
        return "2026-02-01T00:00:%02d.000Z".formatted(second);
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @Test
    void returnsExactValuesInJson() throws IOException {
        JsonNode page = JSON.readTree(raw().get(path(kinds) + DAY).asByteArray());
        for (int i = 0; i < VALUES.size(); i++) {
            JsonNode reading = page.get("readings").get(i);
            assertThat(reading.get("timestamp").asText()).isEqualTo(timestamp(i));
            assertSame(reading.get("value"), VALUES.get(i).sent());
        }
    }

    private static void assertSame(JsonNode value, Object sent) {
        if (sent instanceof Number number) {
            assertThat(value.isNumber()).isTrue();
            assertThat(Double.doubleToRawLongBits(value.doubleValue()))
                    .isEqualTo(Double.doubleToRawLongBits(number.doubleValue()));
        } else if (sent instanceof Boolean flag) {
            assertThat(value.isBoolean()).isTrue();
            assertThat(value.booleanValue()).isEqualTo(flag);
        } else {
            assertThat(value.isTextual()).isTrue();
            assertThat(value.textValue()).isEqualTo(sent);
        }
    }

    @Test
    void returnsExactValuesInNdjson() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < VALUES.size(); i++) {
            lines.append("{\"timestamp\":\"%s\",\"value\":%s}\n"
                    .formatted(timestamp(i), VALUES.get(i).json()));
        }
        Response answer = raw().accept("application/x-ndjson").get(path(kinds) + DAY);
        assertThat(answer.contentType()).isEqualTo("application/x-ndjson");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(text(answer)).isEqualTo(lines.toString());
    }

    @Test
    void returnsExactValuesInCsv() {
        Response answer = raw().accept("text/csv").get(path(kinds) + DAY);
        assertThat(answer.contentType()).isEqualTo("text/csv;charset=UTF-8");
        assertThat(text(answer)).isEqualTo(rows(VALUES.stream().map(Shown::csv).toList()));
    }

    @Test
    void escapesFormulasForSpreadsheets() {
        Response answer = raw().accept("text/csv").get(path(kinds) + DAY + "&csv=spreadsheet");
        assertThat(text(answer))
                .isEqualTo(rows(VALUES.stream().map(Shown::spreadsheet).toList()));
    }

    /** Posted readings go through Kafka and ingest like any other. */
    @ParameterizedTest
    @ValueSource(strings = {"asc", "desc"})
    void acceptsItsOwnSenMlPack(String order) throws IOException {
        String pack = text(raw().accept("application/senml+json").get(path(kinds) + DAY + "&order=" + order));
        JsonNode entries = JSON.readTree(pack);
        assertThat(entries).hasSize(VALUES.size());
        assertThat(entries.get(0).get("bn").asText()).isEqualTo(kinds);
        assertThat(entries.get(0).get("bt").decimalValue())
                .isEqualByComparingTo(order.equals("asc") ? "1769904000" : "1769904015");
        String twin = fleet.newSensor();
        Response posted = given().contentType("application/senml+json")
                .body(pack.replace(kinds, twin).getBytes(StandardCharsets.UTF_8))
                .post("/api/v1/readings?type=" + fleet.type());
        assertThat(posted.statusCode()).as(posted.asString()).isEqualTo(202);
        fleet.awaitStored();
        assertThat(text(raw().accept("application/x-ndjson").get(path(twin) + DAY)))
                .isEqualTo(text(raw().accept("application/x-ndjson").get(path(kinds) + DAY)));
    }

    @Test
    void returnsAPackOfManyReadingsAsOneArray() throws IOException {
        JsonNode entries = JSON.readTree(
                raw().accept("application/senml+json").get(path(many) + DAY).asByteArray());
        assertThat(entries).hasSize(MANY);
        assertThat(entries.get(MANY - 1).get("t").asInt()).isEqualTo(3 * (MANY - 1));
        assertThat(entries.get(MANY - 1).get("v").asInt()).isEqualTo(MANY - 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
                    gzip               | true
                    deflate, gzip;q=1.0, *;q=0.5 | true
                    GZIP               | true
                    *                  | true
                    gzip;q=0, *        | false
                    gzip;q=0.001       | true
                    deflate            | false
                    identity           | false
                    none               | false
                    """)
    void compressesAStreamForClientsThatAcceptGzip(String acceptEncoding, boolean isGzipped) throws Exception {
        for (String accept : List.of("application/x-ndjson", "text/csv", "application/senml+json")) {
            byte[] plain = raw().accept(accept).get(path(many) + DAY).asByteArray();
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + RestAssured.port + path(many) + DAY))
                    .header("Accept", accept);
            if (acceptEncoding != null) {
                request.header("Accept-Encoding", acceptEncoding);
            }
            HttpResponse<byte[]> answer =
                    HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.headers().firstValue("Vary")).hasValue("Accept, Accept-Encoding");
            assertThat(answer.headers().firstValue("telltale-consistency")).hasValue("local_quorum");
            assertThat(answer.headers().firstValue("Content-Encoding"))
                    .isEqualTo(isGzipped ? Optional.of("gzip") : Optional.empty());
            byte[] body = isGzipped
                    ? new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes()
                    : answer.body();
            assertThat(body).isEqualTo(plain);
            assertThat(answer.body().length < plain.length).isEqualTo(isGzipped);
        }
    }

    private static String rows(List<String> values) {
        StringBuilder rows = new StringBuilder("timestamp,value\r\n");
        for (int i = 0; i < values.size(); i++) {
            rows.append(timestamp(i)).append(',').append(values.get(i)).append("\r\n");
        }
        return rows.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
                    none                                          | application/json
                    */*                                           | application/json
                    application/*                                 | application/json
                    application/json                              | application/json
                    application/json;q=0.5, */*;q=0.1             | application/json
                    text/html, application/xhtml+xml, */*;q=0.8   | application/json
                    text/*                                        | text/csv;charset=UTF-8
                    text/csv                                      | text/csv;charset=UTF-8
                    application/x-ndjson                          | application/x-ndjson
                    application/x-ndjson, application/json;q=0.5  | application/x-ndjson
                    application/senml+json                        | application/senml+json
                    application/json;charset=utf-8                | application/json
                    text/csv; header=present; charset=utf-8       | text/csv;charset=UTF-8
                    application/json;q=0, */*                     | application/x-ndjson
                    */*, text/csv;q=0.9, application/*;q=0.1      | text/csv;charset=UTF-8
                    text/csv;q=0.2, application/x-ndjson;q=0.1    | text/csv;charset=UTF-8
                    """)
    void selectsTheMediaTypeByAccept(String accept, String mediaType) throws IOException {
        String header = accept == null ? "" : "Accept: " + accept + "\r\n";
        String answer = exchange(
                "GET " + path(kinds) + DAY + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + "\r\n");
        assertThat(answer).startsWith("HTTP/1.1 200 OK");
        assertThat(answer.toLowerCase(java.util.Locale.ROOT))
                .contains("content-type: " + mediaType.toLowerCase(java.util.Locale.ROOT) + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "application/senml+xml", "image/png", "text/csv;q=0"})
    void rejectsAnUnknownMediaType(String accept) {
        assertProblem(raw().accept(accept).get(path(kinds)), 406, "not-acceptable", path(kinds), "Accept");
    }

    @ParameterizedTest
    @CsvSource({"application/x-ndjson,''", "text/csv,'timestamp,value\r\n'", "application/senml+json,'[]\n'"})
    void returnsAnEmptyStreamForAnEmptyRange(String accept, String body) {
        for (String range : List.of("?from=1999-01-01T00:00:00Z&to=1999-01-02T00:00:00Z", "?from=0&to=0")) {
            Response answer = raw().accept(accept).get(path(kinds) + range);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.contentType()).startsWith(accept);
            assertThat(answer.asString()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @CsvSource({"application/x-ndjson,0", "text/csv,1"})
    void returnsTheWholeRangeUpToTheLimit(String accept, int headerLines) {
        assertThat(lines(raw().accept(accept).get(path(many) + DAY))).hasSize(MANY + headerLines);
        assertThat(lines(raw().accept(accept).get(path(many) + DAY + "&limit=7001")))
                .hasSize(7001 + headerLines);
        assertThat(lines(raw().accept(accept).get(path(many) + DAY + "&limit=1000000000")))
                .hasSize(MANY + headerLines);
        List<String> newest = lines(raw().accept(accept).get(path(many) + DAY + "&limit=2&order=desc"));
        assertThat(newest.get(headerLines)).contains("24999");
        assertThat(newest.get(headerLines + 1)).contains("24998");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    application/x-ndjson | cursor=abc     | bad-parameter     | cursor is 'abc'; expected none; only format json has pages
                    application/x-ndjson | limit=0        | bad-parameter     | limit
                    application/x-ndjson | csv=spreadsheet | bad-parameter    | csv is 'spreadsheet'; expected exact; only format csv
                    text/csv             | csv=excel      | bad-parameter     | one of exact, spreadsheet
                    application/senml+json | from=1978-07-04T21:24:15.999Z | bad-parameter | 1978-07-04T21:24:16.000Z or later
                    application/senml+json | cursor=abc   | bad-parameter     | cursor
                    text/csv             | from=tomorrow  | bad-parameter     | tomorrow
                    """)
    void rejectsBadParametersOfAStream(String accept, String query, String code, String inDetail) {
        assertProblem(raw().accept(accept).get(path(kinds) + "?" + query), 400, code, inDetail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-ndjson", "text/csv"})
    void rejectsAnUnknownSensor(String accept) {
        assertProblem(raw().accept(accept).get(path("never-seen")), 404, "sensor-unknown", "never-seen");
    }

    @Test
    void keepsTheConnectionAliveAfterAStream() throws IOException {
        String ndjson = "Accept: application/x-ndjson\r\n";
        String answers = exchange(request(path(kinds) + DAY, ndjson)
                + request(path(kinds) + "?from=0&to=0", ndjson)
                + request(path(kinds) + DAY, "Accept: text/csv\r\n")
                + request(path(kinds) + "/latest", "Connection: close\r\n"));
        assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(5);
        assertThat(answers).contains("\"ageMs\":");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/x-ndjson", "text/csv"})
    void answersHeadWithoutABody(String accept) throws IOException {
        String answer = exchange("HEAD " + path(kinds) + DAY + " HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept
                + "\r\n\r\n" + request(path("never-seen"), "Connection: close\r\n"));
        assertThat(answer).startsWith("HTTP/1.1 200 OK").doesNotContain("grün");
        assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).startsWith("HTTP/1.1 404 Not Found");
    }

    /** Requests after a disconnect are not affected; leaks appear as errors in the log. */
    @Test
    void isolatesAClientThatDisconnects() throws IOException {
        List<Socket> leaving = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(4_096);
            socket.connect(new java.net.InetSocketAddress("localhost", RestAssured.port));
            socket.getOutputStream()
                    .write(request(path(many) + DAY, "Accept: application/x-ndjson\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            leaving.add(socket);
        }
        for (Socket socket : leaving) {
            socket.close();
        }
        assertThat(lines(raw().accept("application/x-ndjson").get(path(many) + DAY)))
                .hasSize(MANY);
    }

    private static String request(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

    /** Sends raw bytes and reads until the server closes the connection. */
    private static String exchange(String requests) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(requests.getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static RequestSpecification raw() {
        return given().urlEncodingEnabled(false);
    }

    private static String path(String sensorId) {
        return "/api/v1/sensors/" + sensorId + "/readings";
    }

    private static String text(Response answer) {
        return new String(answer.asByteArray(), StandardCharsets.UTF_8);
    }

    private static List<String> lines(Response answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        return text(answer).lines().toList();
    }
}
