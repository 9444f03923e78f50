package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.api.ApiDocument;
import io.telltale.local.LocalStackResource;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ApiDocumentTest {

    private JsonNode document = new ObjectMapper().createObjectNode();

    @BeforeEach
    void read() throws Exception {
        document = new ObjectMapper()
                .readTree(given().queryParam("format", "json").get("/q/openapi").asByteArray());
    }

    @Test
    void whatWorksIsListedAndNothingElse() {
        List<String> operations = new ArrayList<>();
        document.get("paths").properties().forEach(path -> path.getValue()
                .fieldNames()
                .forEachRemaining(method -> operations.add(method + " " + path.getKey())));
        assertThat(operations)
                .containsExactlyInAnyOrder(
                        "get /api/v1/sensors",
                        "get /api/v1/sensors/{id}",
                        "get /api/v1/sensors/{id}/aggregates",
                        "put /api/v1/sensors/{id}",
                        "delete /api/v1/sensors/{id}/readings",
                        "get /api/v1/sensors/{id}/deletions",
                        "get /api/v1/sensors/{id}/readings",
                        "get /api/v1/sensors/{id}/readings/latest",
                        "get /api/v1/sensors/{id}/readings/stream",
                        "get /api/v1/admin/layouts/{type}",
                        "post /api/v1/admin/layouts/{type}",
                        "get /api/v1/readings",
                        "get /api/v1/readings/latest",
                        "get /api/v1/readings/stream",
                        "post /api/v1/readings");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /api/v1/sensors                      | application/json                               | type site limit cursor consistency               | 200 400 406 503
                    /api/v1/sensors/{id}                 | application/json                               | id consistency                                   | 200 400 404 406 503
                    /api/v1/sensors/{id}/aggregates      | application/json application/x-ndjson          | id from to interval functions timezone fill consistency | 200 400 404 406 429 503
                    /api/v1/sensors/{id}/readings        | application/json application/x-ndjson text/csv application/senml+json | id from to order limit cursor csv consistency    | 200 400 404 406 429 503
                    /api/v1/sensors/{id}/readings/latest | application/json                               | id consistency                                   | 200 400 404 406 503
                    /api/v1/sensors/{id}/readings/stream | text/event-stream                              | id since mode lastEventId Last-Event-ID          | 200 400 406 429 503
                    /api/v1/sensors/{id}/deletions       | application/json                               | id consistency                                   | 200 400 404 406 503
                    /api/v1/admin/layouts/{type}         | application/json                               | type                                             | 200 400 404 406 503
                    /api/v1/readings                     | application/x-ndjson text/csv                  | sensor type site from to csv consistency         | 200 400 406 429 503
                    /api/v1/readings/latest              | application/json                               | sensor type site limit cursor consistency        | 200 400 406 503
                    /api/v1/readings/stream              | text/event-stream                              | sensor type site since mode lastEventId Last-Event-ID | 200 400 406 429 503
                    """)
    void anOperationSaysWhatItTakesAndGives(String path, String mediaTypes, String parameters, String statuses) {
        JsonNode operation = document.get("paths").get(path).get("get");
        assertThat(operation.get("summary").asText()).isNotBlank();
        List<String> names = new ArrayList<>();
        operation.path("parameters").forEach(parameter -> {
            JsonNode whole = resolved(parameter);
            assertThat(whole.has("schema")).as(whole.toString()).isTrue();
            names.add(whole.get("name").asText());
        });
        assertThat(names).containsExactlyInAnyOrder(parameters.split(" "));
        assertThat(fields(operation.get("responses"))).containsExactlyInAnyOrder(statuses.split(" "));
        assertThat(fields(operation.get("responses").get("200").get("content")))
                .containsExactlyInAnyOrder(mediaTypes.split(" "));
        for (Map.Entry<String, JsonNode> response : operation.get("responses").properties()) {
            if (!response.getKey().equals("200")) {
                JsonNode problem = resolved(response.getValue());
                assertThat(fields(problem.get("content"))).containsExactly("application/problem+json");
                assertThat(resolved(problem.get("content")
                                        .get("application/problem+json")
                                        .get("schema"))
                                .get("required"))
                        .hasSize(4);
            }
        }
    }

    @Test
    void theDocumentIsThereAsYamlToo() {
        assertThat(given().get("/q/openapi").asString()).startsWith("---\nopenapi: 3.1.0\n");
    }

    @Test
    void theCommittedDocumentIsTheOneThatIsServed() throws IOException {
        String served = given().get("/q/openapi").asString();
        if (Boolean.getBoolean("openapi.write")) {
            Files.writeString(ApiDocument.PATH, served);
        }
        assertThat(ApiDocument.tree(Files.readString(ApiDocument.PATH)))
                .as("%s; mvn test -Dtest=ApiDocumentTest -Dopenapi.write=true writes it anew", ApiDocument.PATH)
                .isEqualTo(ApiDocument.tree(served));
    }

    @Test
    void everyExampleIsAsItsSchemaSays() {
        ApiDocument committed = ApiDocument.committed();
        List<String> checked = new ArrayList<>();
        List<JsonNode> contents = new ArrayList<>(committed.tree().findValues("content"));
        for (JsonNode content : contents) {
            for (Map.Entry<String, JsonNode> form : content.properties()) {
                String schema = form.getValue().path("schema").path("$ref").asText();
                assertThat(form.getValue().path("examples").properties())
                        .as(form.toString())
                        .isNotEmpty();
                for (JsonNode example : form.getValue().get("examples")) {
                    JsonNode value = resolved(example).get("value");
                    if (!schema.isEmpty() && !value.isTextual()) {
                        assertThat(committed.faults(schema.substring(1), value))
                                .as(value.toString())
                                .isEmpty();
                        checked.add(schema);
                    }
                }
            }
        }
        assertThat(checked).hasSizeGreaterThan(20).contains("#/components/schemas/Problem");
    }

    @Test
    void everyReferenceAndOperationHasItsName() {
        List<String> operations = document.get("paths").findValuesAsText("operationId");
        assertThat(operations).hasSize(15).doesNotHaveDuplicates();
        assertThat(document.findValuesAsText("$ref")).isNotEmpty().allSatisfy(reference -> assertThat(
                        document.at(reference.substring(1)).isMissingNode())
                .as(reference)
                .isFalse());
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
