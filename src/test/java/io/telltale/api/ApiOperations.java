package io.telltale.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.RestAssured;
import io.telltale.api.ApiOperation.Parameter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of the API document against the service: each default, each media type, HEAD, and each kind of bad
 * request. Every response is checked against the document. The requests consist of the document's examples, so a new
 * operation needs no line here; the test fails if a required parameter has no example.
 */
public abstract class ApiOperations {

    /** Named in full, because subclasses are in other packages. */
    private static final String ALL = "io.telltale.api.ApiOperations#operations";

    private static final ApiDocument DOCUMENT = ApiDocument.committed();
    private static final Map<String, ApiOperation> OPERATIONS = ApiOperation.all(DOCUMENT).stream()
            .collect(Collectors.toMap(ApiOperation::toString, operation -> operation, (a, b) -> a, LinkedHashMap::new));
    private static final String BAD_VALUE = "!";
    private static final Set<String> METHODS = Set.of("DELETE", "GET", "PATCH", "POST", "PUT");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static boolean isExampleStored;

    /** A response; of a stream of events, its first line. */
    private record Answer(int status, String mediaType, String allow, String body) {

        JsonNode json(int expectedStatus) throws IOException {
            assertThat(status).as(body).isEqualTo(expectedStatus);
            return JSON.readTree(body);
        }
    }

    public static Stream<String> operations() {
        return OPERATIONS.keySet().stream();
    }

    /** The sensor of the examples exists, with its reading and one of the last hour. */
    @BeforeEach
    public void theExampleIsStored() throws Exception {
        if (isExampleStored) {
            return;
        }
        ApiOperation post = operation("POST /api/v1/readings");
        String reading = post.requestBody(MediaTypes.NDJSON);
        String recent = reading.replaceAll("\"timestamp\":[0-9]+", "\"timestamp\":" + System.currentTimeMillis());
        await().atMost(LIMIT).ignoreExceptions().untilAsserted(() -> assertThat(send(
                                "POST",
                                post.target(Map.of()),
                                Map.of("Content-Type", MediaTypes.NDJSON),
                                reading + "\n" + recent)
                        .json(202)
                        .get("accepted")
                        .asInt())
                .isEqualTo(2));
        ApiOperation latest = operation("GET /api/v1/sensors/{id}/readings/latest");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(
                        send(latest, latest.target(Map.of()), Map.of()).status())
                .isEqualTo(200));
        isExampleStored = true;
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void answersInEveryMediaType(String name) throws Exception {
        ApiOperation operation = operation(name);
        String target = operation.target(operation.query());
        for (String mediaType : operation.responseMediaTypes()) {
            Answer answer = send(operation, target, Map.of("Accept", mediaType));
            assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
            assertThat(answer.mediaType()).isEqualTo(mediaType);
        }
        int status = send(operation, target, Map.of("Accept", " , ")).status();
        if (isOfMissingSensor(operation)) {
            assertThat(status).isEqualTo(404);
        } else {
            assertThat(status).isBetween(200, 299);
        }
    }

    /** Shredding has an example of its own, which is not stored: the sensor of the others must stay. */
    private static boolean isOfMissingSensor(ApiOperation operation) {
        return operation.toString().equals("DELETE /api/v1/sensors/{id}");
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void takesFormatInPlaceOfAccept(String name) throws Exception {
        ApiOperation operation = operation(name);
        List<String> formats = operation.parameters().stream()
                .filter(parameter -> parameter.name().equals("format"))
                .flatMap(parameter -> parameter.choices().stream())
                .toList();
        Set<String> mediaTypes = new TreeSet<>();
        for (String format : formats) {
            for (String accept : List.of("*/*", "text/html", BAD_VALUE)) {
                Answer answer =
                        send(operation, operation.target(with(operation, "format", format)), Map.of("Accept", accept));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                mediaTypes.add(answer.mediaType());
            }
        }
        boolean isChoice = operation.responseMediaTypes().size() > 1;
        assertThat(mediaTypes).isEqualTo(isChoice ? new TreeSet<>(operation.responseMediaTypes()) : Set.of());
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void takesEveryMediaTypeOfABody(String name) throws Exception {
        ApiOperation operation = operation(name);
        for (String mediaType : operation.requestMediaTypes()) {
            Map<String, String> query = operation.query();
            if (mediaType.equals(MediaTypes.SENML)) {
                query.put(
                        "type",
                        operation("GET /api/v1/admin/layouts/{type}")
                                .parameters()
                                .get(0)
                                .example());
            }
            Answer answer = send(operation, operation.target(query), Map.of("Content-Type", mediaType), mediaType);
            assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
        }
    }

    /** A default that is sent changes nothing, in any media type. */
    @ParameterizedTest
    @MethodSource(ALL)
    public void aDefaultChangesNothing(String name) {
        ApiOperation operation = operation(name);
        for (Parameter parameter : operation.parameters()) {
            if (!parameter.defaultValue().isEmpty()) {
                for (String mediaType : operation.responseMediaTypes()) {
                    // A reading that another test posted may become visible between two requests.
                    await().atMost(LIMIT).untilAsserted(() -> assertSameWithDefault(operation, parameter, mediaType));
                }
            }
        }
    }

    private static void assertSameWithDefault(ApiOperation operation, Parameter parameter, String mediaType)
            throws Exception {
        Map<String, String> accept = Map.of("Accept", mediaType);
        Map<String, String> query = operation.query();
        query.remove(parameter.name());
        Answer without = send(operation, operation.target(query), accept);
        Map<String, String> headers = new HashMap<>(accept);
        if (parameter.isOfQuery()) {
            query.put(parameter.name(), parameter.defaultValue());
        } else {
            headers.put(parameter.name(), parameter.defaultValue());
        }
        String target = operation.target(query);
        Answer with = send(operation, target, headers);
        assertThat(with.status()).as(with.body()).isEqualTo(without.status());
        assertThat(with.mediaType()).isEqualTo(without.mediaType());
        assertThat(withoutTimes(with.body())).as(target).isEqualTo(withoutTimes(without.body()));
    }

    /** Every choice has a documented response, if not always success: a cluster may not meet each level. */
    @ParameterizedTest
    @MethodSource(ALL)
    public void answersEveryChoice(String name) throws Exception {
        ApiOperation operation = operation(name);
        for (Parameter parameter : operation.parameters()) {
            for (String choice : parameter.choices()) {
                Answer answer = send(operation, operation.target(with(operation, parameter.name(), choice)), Map.of());
                assertThat(answer.status()).as(answer.body()).isNotEqualTo(500);
            }
        }
    }

    /** Otherwise the answer would be a 503, and clients would try again for ever. */
    @ParameterizedTest
    @MethodSource(ALL)
    public void refusesALevelThatOneReplicaCanNeverMeet(String name) throws Exception {
        ApiOperation operation = operation(name);
        Answer answer = send(operation, operation.target(with(operation, "consistency", "two")), Map.of());
        boolean isTaken = operation.parameters().stream()
                .anyMatch(parameter -> parameter.name().equals("consistency"));
        assertThat(answer.json(400).get("detail").asText())
                .startsWith(
                        isTaken
                                ? "parameter consistency is 'two'; expected a level that replication factor 1"
                                : "parameter 'consistency' is not known; expected ");
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void answersHeadAndKeepsTheConnection(String name) throws Exception {
        ApiOperation operation = operation(name);
        if (!operation.isGet()) {
            return;
        }
        String target = operation.target(operation.query());
        Answer get = send(operation, target, Map.of());
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(10_000);
            write(socket, "HEAD " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            String head = readHead(socket.getInputStream());
            assertThat(head).startsWith("HTTP/1.1 %d ".formatted(get.status()));
            assertThat(head.toLowerCase(Locale.ROOT)).contains("content-type: " + get.mediaType());
            write(socket, "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void namesAnUnknownParameterAndAllKnown(String name) throws Exception {
        ApiOperation operation = operation(name);
        JsonNode problem = send(operation, operation.target(with(operation, "nonsense", "1")), Map.of())
                .json(400);
        assertThat(problem.get("type").asText()).endsWith(":unknown-parameter");
        List<String> known = operation.queryParameters();
        String detail = problem.get("detail").asText();
        assertThat(detail).startsWith("parameter 'nonsense' is not known; expected ");
        assertThat(List.of(detail.replaceFirst(".*expected (one of )?", "").split(", ")))
                .containsExactlyInAnyOrderElementsOf(known.isEmpty() ? List.of("no parameter") : known);
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void namesABadOrEmptyValue(String name) throws Exception {
        ApiOperation operation = operation(name);
        for (Parameter parameter : operation.parameters()) {
            if (parameter.isFamily()) {
                continue;
            }
            Map<String, String> bad = Map.of(parameter.name(), BAD_VALUE);
            Answer answer =
                    switch (parameter.in()) {
                        case "path" -> send(operation, operation.target(operation.query(), bad), Map.of());
                        case "header" -> send(operation, operation.target(operation.query()), bad);
                        default ->
                            send(operation, operation.target(with(operation, parameter.name(), BAD_VALUE)), Map.of());
                    };
            String kind = parameter.in().equals("header") ? "header" : "parameter";
            // What describes the body has a status of its own.
            int status = parameter.name().startsWith("Content-") ? 415 : 400;
            assertThat(answer.json(status).get("detail").asText())
                    .startsWith("%s %s is '!'; expected ".formatted(kind, parameter.name()));
            if (parameter.isOfQuery()) {
                Answer empty = send(operation, operation.target(with(operation, parameter.name(), "")), Map.of());
                assertThat(empty.json(400).get("detail").asText())
                        .startsWith("parameter %s is ''; expected ".formatted(parameter.name()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void namesAMissingOrRepeatedParameter(String name) throws Exception {
        ApiOperation operation = operation(name);
        for (Parameter parameter : operation.parameters()) {
            if (parameter.isRequired() && parameter.isOfQuery()) {
                Map<String, String> query = operation.query();
                query.remove(parameter.name());
                assertThat(send(operation, operation.target(query), Map.of())
                                .json(400)
                                .get("detail")
                                .asText())
                        .startsWith("parameter %s is missing; expected ".formatted(parameter.name()));
            }
            if (parameter.isOfQuery() && !parameter.isList() && !parameter.isFamily()) {
                String once = operation.target(with(operation, parameter.name(), "1"));
                assertThat(send(operation, once + "&" + parameter.name() + "=2", Map.of())
                                .json(400)
                                .get("detail")
                                .asText())
                        .startsWith("parameter %s is given 2 times, first '1'; expected it once"
                                .formatted(parameter.name()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void namesAMethodAndTheAllowed(String name) throws Exception {
        ApiOperation operation = operation(name);
        Set<String> documented = operation.methodsOfPath();
        TreeSet<String> allowed = new TreeSet<>(documented);
        allowed.add("OPTIONS");
        if (documented.contains("GET")) {
            allowed.add("HEAD");
        }
        String listed = String.join(", ", allowed);
        for (String other : METHODS) {
            if (!documented.contains(other)) {
                Answer answer = send(other, operation.target(operation.query()), Map.of(), "");
                assertThat(answer.json(405).get("detail").asText())
                        .startsWith("method is '%s'; expected one of %s for path".formatted(other, listed));
                assertThat(answer.allow()).isEqualTo(listed);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(ALL)
    public void namesAMediaTypeAndTheAccepted(String name) throws Exception {
        ApiOperation operation = operation(name);
        String target = operation.target(operation.query());
        List<String> answered = operation.responseMediaTypes();
        if (!answered.isEmpty()) {
            for (String accept : List.of("application/x-nothing", BAD_VALUE)) {
                assertThat(send(operation, target, Map.of("Accept", accept))
                                .json(406)
                                .get("detail")
                                .asText())
                        .startsWith("header Accept is '%s'; expected ".formatted(accept))
                        .contains(answered);
            }
        }
        List<String> taken = operation.requestMediaTypes();
        if (!taken.isEmpty()) {
            for (String sent : List.of("text/plain", BAD_VALUE, "")) {
                String found = sent.isEmpty() ? "missing" : "'" + sent + "'";
                Map<String, String> headers = sent.isEmpty() ? Map.of() : Map.of("Content-Type", sent);
                assertThat(send(operation, target, headers, taken.get(0))
                                .json(415)
                                .get("detail")
                                .asText())
                        .startsWith("header Content-Type is %s; expected ".formatted(found))
                        .contains(taken);
            }
        }
    }

    private static ApiOperation operation(String name) {
        return Objects.requireNonNull(OPERATIONS.get(name), name);
    }

    private static Map<String, String> with(ApiOperation operation, String parameter, String value) {
        Map<String, String> query = operation.query();
        query.put(parameter, value);
        return query;
    }

    /** Sends a request, with the first example of a body if the operation takes one. */
    private static Answer send(ApiOperation operation, String target, Map<String, String> headers) throws Exception {
        List<String> mediaTypes = operation.requestMediaTypes();
        if (mediaTypes.isEmpty()) {
            return send(operation.method(), target, headers, "");
        }
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Content-Type", mediaTypes.get(0));
        return send(operation, target, all, mediaTypes.get(0));
    }

    private static Answer send(ApiOperation operation, String target, Map<String, String> headers, String example)
            throws Exception {
        return send(operation.method(), target, headers, operation.requestBody(example));
    }

    private static Answer send(String method, String target, Map<String, String> headers, String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + target))
                .timeout(LIMIT)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::header);
        HttpResponse<InputStream> response = CLIENT.send(request.build(), BodyHandlers.ofInputStream());
        String contentType = response.headers().firstValue("Content-Type").orElse("");
        byte[] received = received(response.body(), contentType);
        String path = target.replaceFirst("\\?.*", "");
        DocumentedAnswers.check(method, path, response.statusCode(), contentType, received);
        return new Answer(
                response.statusCode(),
                contentType.replaceFirst(";.*", ""),
                response.headers().firstValue("Allow").orElse(""),
                new String(received, UTF_8));
    }

    /** The whole body; of a stream of events, which does not end, the first line. */
    private static byte[] received(InputStream body, String contentType) throws IOException {
        try (body) {
            return contentType.startsWith("text/event-stream") ? readLine(body) : body.readAllBytes();
        }
    }

    private static byte[] readLine(InputStream body) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = body.read(); next >= 0 && next != '\n'; next = body.read()) {
            line.write(next);
        }
        return line.toByteArray();
    }

    private static String readHead(InputStream connection) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = connection.read();
            assertThat(next).as("the connection was closed after: %s", head).isNotNegative();
            head.append((char) next);
        }
        return head.toString();
    }

    private static void write(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(US_ASCII));
    }

    /** A body without what depends on the time of the request: recent instants, ages, watermarks. */
    private static String withoutTimes(String body) {
        String timeless = body.replaceAll("\"ageMs\":[0-9]+", "\"ageMs\":0")
                .replaceAll("\"complete\":(true|false)(,\"reason\":\"[a-z-]+\")?", "\"complete\":true")
                .replaceAll("retry: [0-9]+", "retry: 0");
        Instant recent = Instant.now().minusSeconds(7_200);
        return Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z")
                .matcher(timeless)
                .replaceAll(found -> Instant.parse(found.group()).isAfter(recent) ? "now" : found.group());
    }
}
