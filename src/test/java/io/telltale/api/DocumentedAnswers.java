package io.telltale.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.callback.QuarkusTestBeforeClassCallback;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Validates every response that a test receives with RestAssured under {@code /api/v1}: the API document must have its
 * operation, status and media type, and JSON, the first 200 lines of NDJSON and problems must match their schemas.
 * Registered as a service for all such tests.
 */
public final class DocumentedAnswers implements Filter, QuarkusTestBeforeClassCallback {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** The first lines only: a line needs a fraction of a millisecond, and tests read tens of thousands. */
    private static final int MOST_LINES = 200;

    private static final ApiDocument DOCUMENT = ApiDocument.committed();

    @Override
    public void beforeClass(Class<?> testClass) {
        RestAssured.replaceFiltersWith(List.of(this));
    }

    @Override
    public Response filter(
            FilterableRequestSpecification request, FilterableResponseSpecification expected, FilterContext context) {
        Response answer = context.next(request, expected);
        String path = URI.create(request.getURI()).getRawPath();
        // OPTIONS is not an operation of the document; its response has no body.
        boolean isAboutOperations = request.getMethod().equals("OPTIONS") && answer.statusCode() == 204;
        if (path.startsWith("/api/v1") && !isAboutOperations) {
            check(request.getMethod(), path, answer.statusCode(), answer.contentType(), answer.asByteArray());
        }
        return answer;
    }

    /**
     * Checks a response.
     *
     * @param path without the query
     * @param contentType empty without one
     * @throws AssertionError if the document does not have it
     */
    static void check(String method, String path, int status, String contentType, byte[] body) {
        String what = "%s %s, answered by %d".formatted(method, path, status);
        String mediaType = contentType.replaceFirst(";.*", "");
        String schema;
        // Every problem of an operation is documented for some operation.
        if (DOCUMENT.template(path).isEmpty() || status == 405) {
            require(mediaType.equals(Problem.MEDIA_TYPE), what + " is no problem but " + mediaType);
            schema = "/components/schemas/Problem";
        } else {
            String response = DOCUMENT.template(path)
                    .flatMap(template -> DOCUMENT.response(template, method, status))
                    .orElseThrow(() -> new AssertionError(what + " is not in " + ApiDocument.PATH));
            List<String> mediaTypes = DOCUMENT.mediaTypes(response);
            require(
                    mediaTypes.contains(mediaType) || (mediaTypes.isEmpty() && mediaType.isEmpty()),
                    "%s is '%s'; %s has %s".formatted(what, mediaType, ApiDocument.PATH, mediaTypes));
            schema = ApiDocument.schema(response, mediaType);
        }
        if (mediaType.contains("ndjson")) {
            text(body).lines().limit(MOST_LINES).forEach(line -> requireAs(schema, what, line));
        } else if (mediaType.endsWith("json")) {
            requireAs(schema, what, text(body));
        }
    }

    private static void requireAs(String schema, String what, String json) {
        var faults = DOCUMENT.faults(schema, json(json));
        require(faults.isEmpty(), "%s is not as %s says: %s".formatted(what, ApiDocument.PATH, faults));
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
