package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.telltale.api.ApiDocument;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The committed document is complete and consistent. {@link ServedApiDocumentTest} compares it with what is served. */
@Tag("slow")
class ApiDocumentTest {

    private static final Map<Class<? extends Annotation>, String> METHODS =
            Map.of(GET.class, "get", POST.class, "post", PUT.class, "put", DELETE.class, "delete");

    private final ApiDocument committed = ApiDocument.committed();
    private final JsonNode document = committed.tree();

    @Test
    void listsEveryEndpointAndNothingElse() {
        Map<String, Set<String>> documented = new TreeMap<>();
        document.get("paths").properties().forEach(path -> path.getValue()
                .properties()
                .forEach(method ->
                        documented.put(method.getKey() + " " + path.getKey(), successMediaTypes(method.getValue()))));
        Map<String, Set<String>> endpoints = endpoints();
        assertThat(documented).hasSizeGreaterThan(10).containsOnlyKeys(endpoints.keySet());
        endpoints.values().removeIf(Set::isEmpty);
        assertThat(documented).hasSizeGreaterThan(endpoints.size()).containsAllEntriesOf(endpoints);
    }

    @Test
    void listsEveryRequestMediaTypeAndNoOther() {
        Map<String, Set<String>> documented = new TreeMap<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(method -> {
                    if (method.getValue().has("requestBody")) {
                        documented.put(
                                method.getKey() + " " + path.getKey(),
                                Set.copyOf(fields(
                                        method.getValue().get("requestBody").get("content"))));
                    }
                }));
        Map<String, Set<String>> consumed = endpoints(Consumes.class, Consumes::value);
        consumed.values().removeIf(Set::isEmpty);
        assertThat(documented).isNotEmpty().isEqualTo(consumed);
    }

    /** The method and path of each resource method, with the media types of its {@code @Produces}. */
    private static Map<String, Set<String>> endpoints() {
        return endpoints(Produces.class, Produces::value);
    }

    private static <A extends Annotation> Map<String, Set<String>> endpoints(
            Class<A> annotated, Function<A, String[]> mediaTypes) {
        Map<String, Set<String>> endpoints = new TreeMap<>();
        for (JavaClass resource : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.telltale")) {
            for (JavaMethod method : resource.getMethods()) {
                METHODS.forEach((annotation, name) -> {
                    if (method.isAnnotatedWith(annotation)) {
                        endpoints.put(
                                name + " " + path(resource, method),
                                method.tryGetAnnotationOfType(annotated)
                                        .map(found -> Set.of(mediaTypes.apply(found)))
                                        .orElse(Set.of()));
                    }
                });
            }
        }
        return endpoints;
    }

    private static String path(JavaClass resource, JavaMethod method) {
        return Stream.of(resource.tryGetAnnotationOfType(Path.class), method.tryGetAnnotationOfType(Path.class))
                .flatMap(Optional::stream)
                .map(Path::value)
                .collect(Collectors.joining());
    }

    private static Set<String> successMediaTypes(JsonNode operation) {
        Set<String> types = new TreeSet<>();
        operation.get("responses").properties().forEach(response -> {
            if (response.getKey().startsWith("2")) {
                response.getValue().path("content").fieldNames().forEachRemaining(types::add);
            }
        });
        return types;
    }

    /** {@code ApiOperations} compares names and media types with the service. */
    @Test
    void describesEveryOperation() {
        for (JsonNode operation : operations()) {
            assertThat(operation.get("summary").asText()).isNotBlank();
            for (JsonNode reference : operation.path("parameters")) {
                JsonNode parameter = committed.resolved(reference);
                assertThat(parameter.has("schema")).as(parameter.toString()).isTrue();
                assertThat(parameter.has("example")
                                || !parameter.path("required").asBoolean())
                        .as("example of %s", parameter)
                        .isTrue();
            }
            assertThat(operation.get("responses").properties()).hasSizeGreaterThan(1);
            for (Map.Entry<String, JsonNode> response :
                    operation.get("responses").properties()) {
                if (!response.getKey().startsWith("2")) {
                    JsonNode content = committed.resolved(response.getValue()).get("content");
                    assertThat(fields(content)).containsExactly("application/problem+json");
                    assertThat(content.at("/application~1problem+json/schema/$ref")
                                    .asText())
                            .isEqualTo("#/components/schemas/Problem");
                }
            }
        }
    }

    private List<JsonNode> operations() {
        List<JsonNode> operations = new ArrayList<>();
        document.get("paths").forEach(path -> path.forEach(operations::add));
        return operations;
    }

    @Test
    void hasExamplesAndDefaultsOfParametersThatMatchTheirSchemas() {
        int checked = 0;
        for (Map.Entry<String, JsonNode> parameter :
                document.at("/components/parameters").properties()) {
            String schema = "/components/parameters/%s/schema".formatted(parameter.getKey());
            for (JsonNode value : List.of(
                    parameter.getValue().path("example"),
                    parameter.getValue().path("schema").path("default"))) {
                if (!value.isMissingNode()) {
                    assertThat(committed.faults(schema, value))
                            .as(parameter.getKey())
                            .isEmpty();
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(10);
    }

    @Test
    void hasExamplesThatMatchTheirSchemas() {
        List<String> checked = new ArrayList<>();
        List<JsonNode> contents = new ArrayList<>(document.findValues("content"));
        for (JsonNode content : contents) {
            for (Map.Entry<String, JsonNode> form : content.properties()) {
                String schema = form.getValue().path("schema").path("$ref").asText();
                assertThat(form.getValue().path("examples").properties())
                        .as(form.toString())
                        .isNotEmpty();
                for (JsonNode example : form.getValue().get("examples")) {
                    JsonNode value = committed.resolved(example).get("value");
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
    void resolvesEveryReference() {
        List<String> operations = document.get("paths").findValuesAsText("operationId");
        assertThat(operations).hasSameSizeAs(endpoints().keySet()).doesNotHaveDuplicates();
        assertThat(document.findValuesAsText("$ref")).isNotEmpty().allSatisfy(reference -> assertThat(
                        document.at(reference.substring(1)).isMissingNode())
                .as(reference)
                .isFalse());
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
